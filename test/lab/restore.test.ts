import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Cut } from '../../backup/types.ts';
import { expectAllUp, onHost, placeOf, sla, slaFailure, slaJson, slaOk, testLab } from './lab.ts';

interface Restored {
  readonly order: string;
  readonly verdict: string;
  readonly text: string;
  readonly saved: string | null;
}

const lab = () => testLab();
const backup = <T>(...words: readonly string[]): Promise<T> => slaJson<T>(lab(), ['backup', ...words]);
const restore = (...words: readonly string[]): Promise<Restored> => backup('restore', ...words, '--yes');
const psql = (query: string): Promise<string> =>
  onHost(lab(), 'db', 'runuser', '-u', 'postgres', '--', 'psql', '-XAtqc', query);
const redis = (...words: readonly string[]): Promise<string> => onHost(lab(), 'db', 'redis-cli', ...words);
const votes = async (): Promise<number> => Number(await psql('SELECT count(*) FROM votes'));
const nowOnDb = async (): Promise<string> =>
  new Date(Number(await onHost(lab(), 'db', 'date', '+%s%3N'))).toISOString();

/** The state that a refusal must not change. */
const traces = async (): Promise<string> =>
  [
    await onHost(lab(), 'db', 'ls', '/var/lib/postgresql/17'),
    await psql('SELECT system_identifier, pg_walfile_name(pg_current_wal_lsn()) FROM pg_control_system()'),
    await votes(),
  ]
    .join('\n')
    .replace(/[0-9A-F]{16}$/m, '');

/** Votes of many voters, each as a browser sends it, until `isOver`; how many were accepted. */
async function voteUntil(
  isOver: () => boolean,
  name: string,
): Promise<{ accepted: number; slowestMs: number }> {
  let [accepted, slowestMs] = [0, 0];
  for (let voter = 0; !isOver(); voter += 1) {
    const started = performance.now();
    const { status } = await fetch(`http://${placeOf(lab(), 'app')}:8080/`, {
      method: 'POST',
      headers: { cookie: `voter_id=${name}-${voter}` },
      body: new URLSearchParams({ vote: voter % 2 === 0 ? 'a' : 'b' }),
    });
    if (status === 200) accepted += 1;
    slowestMs = Math.max(slowestMs, performance.now() - started);
    // Below what one source may send.
    await sleep(40);
  }
  return { accepted, slowestMs };
}

beforeAll(async () => {
  await expectAllUp(lab());
  await psql(
    "INSERT INTO votes SELECT 'many-' || n, 'a' FROM generate_series(1, 1000) AS n ON CONFLICT DO NOTHING",
  );
});

describe('a cut', () => {
  it('under votes holds them for a moment, and loses none', async () => {
    const before = await votes();
    let isOver = false;
    const voting = voteUntil(() => isOver, `cut-${Date.now()}`);
    const cuts: Cut[] = [];
    for (let count = 0; count < 3; count += 1) cuts.push(await backup<Cut>('now'));
    isOver = true;
    const { accepted } = await voting;
    expect(accepted).toBeGreaterThan(10);
    for (const { pausedMs } of cuts) expect(pausedMs).toBeLessThanOrEqual(300);
    await expect.poll(votes, { timeout: 60_000, interval: 500 }).toBe(before + accepted);
  });

  it('has a label once, and its files are what they were', async () => {
    const label = `once-${Date.now()}`;
    await backup('now', '--label', label);
    expect(await slaFailure(lab(), ['backup', 'now', '--label', label])).toMatchObject({ code: 'usage' });
    expect(await backup('verify')).toMatchObject({ isWhole: true, problems: [] });
    await onHost(
      lab(),
      'docker',
      'sh',
      '-c',
      `printf x | dd of=/var/lib/sla/cuts/${label}/redis.rdb bs=1 seek=60 conv=notrunc status=none`,
    );
    const { exitStatus, stdout } = await sla(lab(), ['backup', 'verify', '--json']);
    expect([exitStatus, stdout]).toEqual([70, expect.stringContaining(`${label}/redis.rdb: FAILED`)]);
    const refused = await slaFailure(lab(), ['backup', 'restore', '--cut', label, '--yes']);
    expect(refused).toMatchObject({
      code: 'target-unreachable',
      cause: expect.stringContaining('redis.rdb'),
    });
    await onHost(lab(), 'docker', 'rm', '-r', `/var/lib/sla/cuts/${label}`);
  });
});

describe('a restore', () => {
  it('to a cut brings back a table that was dropped, and is certified', async () => {
    await redis('set', 'kept', 'forever');
    const label = `good-${Date.now()}`;
    await backup('now', '--label', label);
    const before = await votes();
    await psql('DROP TABLE votes');
    await redis('flushall');
    const { verdict, text, saved } = await restore('--cut', label);
    expect(verdict, text).toBe('IDENTICAL');
    expect([await votes(), await redis('get', 'kept')]).toEqual([before, 'forever']);
    // What was there is not lost either.
    expect(saved).toMatch(/^before-restore-/);
    await expectAllUp(lab());
    expect(await onHost(lab(), 'db', 'ls', '/var/lib/postgresql/17')).toBe('main');
  });

  it('brings back the votes that were accepted since, unless it is to be exact', async () => {
    const label = `since-${Date.now()}`;
    await backup('now', '--label', label);
    const before = await votes();
    const deadline = performance.now() + 2000;
    const { accepted } = await voteUntil(() => performance.now() > deadline, label);
    await expect.poll(votes, { timeout: 60_000, interval: 500 }).toBe(before + accepted);
    await psql('DROP TABLE votes');
    const { verdict, text } = await restore('--cut', label);
    expect(verdict, text).toBe('IDENTICAL');
    expect(await votes()).toBe(before + accepted);
    expect((await restore('--cut', label, '--exact')).verdict).toBe('IDENTICAL');
    expect(await votes()).toBe(before);
  });

  it('of the latest has the last commit of a db whose data is gone', async () => {
    await psql("INSERT INTO votes VALUES ('very-last', 'b') ON CONFLICT DO NOTHING");
    const before = await votes();
    const unit = 'postgresql@17-main';
    await onHost(
      lab(),
      'db',
      ...[
        'sh',
        '-c',
        `systemctl mask -q --runtime ${unit}; pkill -9 postgres; rm -rf /var/lib/postgresql/17/main; systemctl unmask -q --runtime ${unit}`,
      ],
    );
    const { verdict } = await restore('latest');
    expect(verdict).toBe('PROVEN');
    expect(await votes()).toBe(before);
    await expectAllUp(lab());
  });

  it('waits for whoever works on the stores, and without the key nothing is overwritten', async () => {
    const lock =
      'flock /run/lock/sla-postgres.lock sh -c \'echo "1 cli 2026-11-21T03:00:00Z another restore" > /run/lock/sla-postgres.lock; sleep 20\'';
    await onHost(lab(), 'docker', 'sh', '-c', `nohup ${lock} > /dev/null 2>&1 & sleep 1`);
    const waited = await slaOk(lab(), ['backup', 'now']);
    expect(waited.stderr).toContain('cli (another restore');
    const [key, cuts] = ['/etc/sla/backup.key', '/var/lib/sla/cuts'];
    const listed = await onHost(lab(), 'docker', 'ls', cuts);
    await onHost(lab(), 'docker', 'mv', key, `${key}.aside`);
    for (const words of [['list'], ['now'], ['restore', 'latest', '--yes']])
      expect(await slaFailure(lab(), ['backup', ...words])).toMatchObject({
        code: 'backup-key',
        message: expect.stringContaining(key),
      });
    await onHost(lab(), 'docker', 'mv', `${key}.aside`, key);
    expect(await onHost(lab(), 'docker', 'ls', cuts)).toBe(listed);
  });

  it('to an instant right before a table was dropped has all that was committed by then', async () => {
    await psql("INSERT INTO votes VALUES ('last-before', 'b') ON CONFLICT DO NOTHING");
    await redis('set', 'kept', 'forever');
    const before = await votes();
    await sleep(2100);
    const at = await nowOnDb();
    await sleep(50);
    await psql("INSERT INTO votes VALUES ('first-after', 'b')");
    await psql('DROP TABLE votes');
    await redis('flushall');
    const { verdict } = await restore('--at', at);
    expect(verdict).toBe('PROVEN');
    expect(await psql("SELECT id FROM votes WHERE id IN ('last-before', 'first-after')")).toBe('last-before');
    expect([await votes(), await redis('get', 'kept')]).toEqual([before, 'forever']);
  });

  it('of what cannot be reached is refused, and nothing is touched', async () => {
    const before = await traces();
    const refusals = [
      [['--at', '2099-01-01T00:00:00Z'], 'target-unreachable', /in the future/],
      [['--at', '2020-01-01T00:00:00Z'], 'target-unreachable', /before the end of the first backup/],
      [['--at', '2026-10-25T02:30[Europe/Paris]'], 'usage', /comes twice/],
      [['--at', '2026-11-21T02:30'], 'usage', /says no zone/],
      [['--cut', 'no-such-cut'], 'usage', /no cut is named/],
      [[], 'usage', /to where is not said/],
    ] as const;
    for (const [words, code, message] of refusals) {
      const failure = await slaFailure(lab(), ['backup', 'restore', ...words, '--yes']);
      expect(failure).toMatchObject({ code, message: expect.stringMatching(message) });
    }
    const withoutConsent = await slaFailure(lab(), ['backup', 'restore', 'latest']);
    expect(withoutConsent).toMatchObject({ code: 'usage', remedy: expect.stringContaining('--yes') });
    expect(await traces()).toBe(before);
  });

  it.each([
    'Save what is there',
    'Restore beside it',
    'Hold votes',
    'Replay and switch',
    'Restore Redis',
    'Release votes',
    'Tidy up',
  ])('killed in "%s" goes on with the same command', async (stage) => {
    const label = `kill-${Date.now()}`;
    await backup('now', '--label', label);
    await psql('DROP TABLE votes');
    let isSignalled = false;
    const killed = await sla(lab(), ['backup', 'restore', '--cut', label, '--yes'], {
      onStderr: (text, child) => {
        if (isSignalled || !text.includes(`· ${stage}`)) return;
        isSignalled = true;
        void sleep(Math.random() * 800).then(() => child.kill('SIGKILL'));
      },
    });
    expect(isSignalled, killed.stderr).toBe(true);
    // Another target is not mixed into it.
    if (killed.exitStatus === 255)
      expect(await slaFailure(lab(), ['backup', 'restore', 'latest', '--yes'])).toMatchObject({
        code: 'restore-unfinished',
      });
    const { verdict, text } = await restore('--cut', label);
    expect(verdict, text).toBe('IDENTICAL');
    await slaOk(lab(), ['vote', 'A']);
    await expectAllUp(lab());
  });
});
