import { beforeEach, describe, expect, it } from 'vitest';
import type { HostName } from '../../core/application.ts';
import { backupPorts, backupUnits, places } from '../../core/backupLayout.ts';
import { eventually, onHost, ownLabOf, run, sla, slaFailure, slaJson, slaOk, statusOf } from './lab.ts';

// Its stores are emptied and its worker is stopped: not the lab that all tests share.
const ownLab = ownLabOf('votes');

interface Reconciled {
  readonly missing: number;
  readonly isComplete: boolean;
  readonly isUpToDate: boolean;
  readonly gaps: readonly { readonly reason: string }[];
  readonly stillOpen: Readonly<Record<'waiting' | 'overtaken' | 'fresh' | 'doubtful', number>>;
  readonly first: readonly {
    readonly voter: string;
    readonly vote: string;
    readonly was: string | null;
    readonly fate: string;
  }[];
}

interface Listed {
  readonly accepted: number;
  readonly gaps: readonly unknown[];
  readonly votes: readonly { readonly voter: string; readonly vote: string }[];
}

const on = (name: HostName, line: string): Promise<string> => onHost(ownLab(), name, 'bash', '-c', line);
const psql = (sql: string) => on('db', `runuser -u postgres -- psql -XAtqc ${JSON.stringify(sql)}`);
const reconcile = (...words: readonly string[]) =>
  slaJson<Reconciled>(ownLab(), ['votes', 'reconcile', ...words]);
const list = () => slaJson<Listed>(ownLab(), ['votes', 'list', '--limit', '1000000']);
const certify = (name: string) => sla(ownLab(), ['certify', name, '--with-votes']);

/** Votes as a browser does. */
async function cast(voter: string, choice: 'a' | 'b'): Promise<void> {
  const { urls } = await statusOf(ownLab());
  run(
    'curl',
    '--silent',
    '--fail',
    '--noproxy',
    '*',
    '--insecure',
    '--output',
    '/dev/null',
    '--cookie',
    `voter_id=${voter}`,
    '--data',
    `vote=${choice}`,
    urls.vote,
  );
}

/** Many at once, as the page queues them. */
const push = (prefix: string, count: number, vote = 'a') =>
  on(
    'db',
    `for i in $(seq ${count}); do echo "RPUSH votes {\\"voter_id\\":\\"${prefix}$i\\",\\"vote\\":\\"${vote}\\"}"; done | sed "s/{/'{/; s/}$/}'/" | redis-cli >/dev/null`,
  );

const counted = () =>
  eventually('the queue is empty', async () =>
    (await on('db', 'redis-cli llen votes')) === '0' ? true : undefined,
  );

const linked = () =>
  eventually('the replica follows Redis', async () =>
    /master_link_status:up/.test(await on('docker', `redis-cli -p ${backupPorts.replica} info replication`))
      ? true
      : undefined,
  );

let names = 0;
const fingerprint = async (): Promise<string> => {
  names += 1;
  await slaOk(ownLab(), ['fingerprint', `f${names}`]);
  return `f${names}`;
};

beforeEach(async () => {
  await linked();
  await counted();
  // Whatever a test before left behind.
  await reconcile('--yes');
});

describe('a vote that the worker took and dropped', () => {
  it('is found with its cause, shown by a dry run, written back once, and then all is as it should be', async () => {
    const before = await fingerprint();
    await push('drop', 40);
    await eventually('the worker is busy', async () =>
      Number(await psql("SELECT count(*) FROM votes WHERE id LIKE 'drop%'")) > 3 ? true : undefined,
    );
    await on('db', 'systemctl stop postgresql@17-main; sleep 1; systemctl start postgresql@17-main');
    await counted();
    await eventually('what was not dropped is counted', async () =>
      Number(await psql("SELECT count(*) FROM votes WHERE id LIKE 'drop%'")) === 39 ? true : undefined,
    );
    expect((await certify(before)).exitStatus).toBe(40);

    const found = await reconcile('--dry-run');
    expect(found).toMatchObject({
      missing: 1,
      isComplete: true,
      isUpToDate: true,
      first: [{ vote: 'a', was: null, fate: 'taken' }],
    });
    expect(await psql("SELECT count(*) FROM votes WHERE id LIKE 'drop%'")).toBe('39');
    expect((await reconcile('--yes')).missing).toBe(1);
    expect((await reconcile('--yes')).missing).toBe(0);
    expect(await psql("SELECT count(*) FROM votes WHERE id LIKE 'drop%'")).toBe('40');
    expect((await certify(before)).stdout).toMatch(/^IDENTICAL /);
  });

  it('is the last one of its voter that counts, and a row that nobody voted for is named', async () => {
    const before = await fingerprint();
    await cast('again', 'a');
    await cast('again', 'b');
    await counted();
    await psql("DELETE FROM votes WHERE id = 'again'");
    expect(await reconcile('--yes')).toMatchObject({ missing: 1, first: [{ voter: 'again', vote: 'b' }] });
    expect(await psql("SELECT vote FROM votes WHERE id = 'again'")).toBe('b');
    await psql("INSERT INTO votes VALUES ('nobody', 'a')");
    const { exitStatus, stdout } = await certify(before);
    expect([exitStatus, stdout]).toEqual([40, expect.stringContaining('only after: nobody')]);
    await psql("DELETE FROM votes WHERE id = 'nobody'");
    expect((await certify(before)).exitStatus).toBe(0);
  });
});

describe('votes that wait', () => {
  it('are not missing while they wait, and come back when the queue is emptied under them', async () => {
    const before = await fingerprint();
    await on('app', 'systemctl stop worker.service');
    try {
      await push('flushed', 5, 'b');
      expect(await reconcile('--dry-run')).toMatchObject({ missing: 0, stillOpen: { waiting: 5 } });
      expect((await certify(before)).stdout).toMatch(/^IDENTICAL .*\n.*5 voters are on their way/);
      await on('db', 'redis-cli flushall');
    } finally {
      await on('app', 'systemctl start worker.service');
    }
    expect((await certify(before)).exitStatus).toBe(40);
    const { missing, first } = await reconcile('--yes');
    expect([missing, ...new Set(first.map(({ fate }) => fate))]).toEqual([5, 'wiped']);
    expect((await certify(before)).stdout).toMatch(/^IDENTICAL /);
  });

  it('that are older than one that was lost stand until they are counted, and not for good', async () => {
    await on('app', 'systemctl stop worker.service');
    await push('twice', 1, 'a');
    await push('twice', 1, 'b');
    await on('db', 'redis-cli rpop votes');
    expect(await reconcile('--yes')).toMatchObject({ missing: 0, stillOpen: { overtaken: 1 } });
    await on('app', 'systemctl start worker.service');
    await counted();
    expect(await reconcile('--yes')).toMatchObject({
      missing: 1,
      first: [{ voter: 'twice1', vote: 'b', was: 'a' }],
    });
  });
});

describe('while people vote', () => {
  it('no newer vote is written over', async () => {
    const voters = Array.from({ length: 20 }, (_, index) => `live${index + 1}`);
    const last = new Map<string, string>();
    const voting = (async () => {
      for (let round = 0; round < 6; round += 1) {
        const vote = round % 2 === 0 ? 'a' : 'b';
        await push('live', voters.length, vote);
        for (const voter of voters) last.set(voter, vote);
      }
    })();
    for (let times = 0; times < 4; times += 1) await reconcile('--yes');
    await voting;
    await counted();
    await reconcile('--yes');
    const rows = (await psql("SELECT id || ' ' || vote FROM votes WHERE id LIKE 'live%'")).split('\n');
    expect(rows.toSorted()).toEqual([...last].map(([voter, vote]) => `${voter} ${vote}`).toSorted());
  });
});

describe('the journal', () => {
  it('has no gap when the link of the replica was cut: it goes on where it was', async () => {
    const before = await list();
    await on('db', 'redis-cli client kill type replica');
    await linked();
    await push('kept', 3);
    await counted();
    const after = await list();
    expect(after.accepted).toBe(before.accepted + 3);
    expect(after.gaps).toEqual(before.gaps);
  });

  it('has no gap when the replica was started again and nothing was accepted meanwhile', async () => {
    const before = await list();
    await on('docker', `systemctl restart ${backupUnits.replica}`);
    await linked();
    await push('restarted', 3);
    await counted();
    const after = await list();
    expect(after.accepted).toBe(before.accepted + 3);
    expect(after.gaps).toEqual(before.gaps);
  });

  it('has a gap with its begin and end behind a replica that was filled anew, and takes over what waits', async () => {
    const before = await list();
    await on('docker', `systemctl stop ${backupUnits.replica}`);
    await push('away', 2);
    await counted();
    await on('app', 'systemctl stop worker.service');
    await push('left', 4);
    await on('docker', `systemctl start ${backupUnits.replica}`);
    await linked();
    const after = await eventually('the gap is in the journal', async () => {
      const listed = await list();
      return listed.gaps.length > before.gaps.length ? listed : undefined;
    });
    await on('app', 'systemctl start worker.service');
    const names = after.votes.map(({ voter }) => voter);
    expect(names.filter((name) => name.startsWith('left'))).toEqual(['left1', 'left2', 'left3', 'left4']);
    expect(names.some((name) => name.startsWith('away'))).toBe(false);
    expect(after.gaps.at(-1)).toMatchObject({ from: expect.any(String), to: expect.any(String) });
    expect(await reconcile('--dry-run')).toMatchObject({ isComplete: false, missing: 0 });
    const now = await on('docker', 'sleep 2; date --utc +%FT%TZ');
    expect(await reconcile('--dry-run', '--since', now)).toMatchObject({ isComplete: true });
  });

  it('has every vote once, however often the agent that keeps it is killed', async () => {
    const before = await list();
    const wanted: string[] = [];
    for (let round = 0; round < 6; round += 1) {
      const pushing = push(`killed${round}-`, 200);
      await on(
        'docker',
        `sleep 0.${Math.floor(Math.random() * 10)}; systemctl kill --signal=KILL ${backupUnits.agent}`,
      );
      await pushing;
      for (let index = 1; index <= 200; index += 1) wanted.push(`killed${round}-${index}`);
    }
    await eventually('the agent has caught up', async () =>
      Number(await on('docker', `cat ${places.journal}/*.votes | grep -c killed`)) >= wanted.length
        ? true
        : undefined,
    );
    const { votes, gaps } = await list();
    expect(votes.map(({ voter }) => voter).filter((voter) => voter.startsWith('killed'))).toEqual(wanted);
    expect(gaps).toEqual(before.gaps);
    await on('db', 'redis-cli del votes');
    // The delivered worker takes ten a second: the rest is written back.
    await reconcile('--yes');
    expect(await psql("SELECT count(*) FROM votes WHERE id LIKE 'killed%'")).toBe(String(wanted.length));
  });
});

it('refuses a cut that is not there, and an instant without its offset', async () => {
  expect((await slaFailure(ownLab(), ['votes', 'list', '--since', 'nowhere'])).message).toContain('nowhere');
  expect(await slaFailure(ownLab(), ['votes', 'list', '--since', '2026-11-21T10:00:00'])).toMatchObject({
    code: 'usage',
    cause: expect.stringContaining('+01:00'),
  });
});
