import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readCuts } from '../../backup/adapters/cutStore.ts';
import { pgbackrestRepository } from '../../backup/adapters/pgbackrest.ts';
import { drill } from '../../backup/drill/drill.ts';
import { readDrills } from '../../backup/drill/records.ts';
import type { Cut, Drill } from '../../backup/types.ts';
import { newestCut, runControls } from '../../bench/controls.ts';
import { places } from '../../core/backupLayout.ts';
import type { Host } from '../../core/host.ts';
import { withSession } from '../../core/session.ts';
import { eventually, hostOf, onHost, sla, slaFailure, slaJson, slaOk, testLab } from './lab.ts';

const lab = testLab;

const onDocker = <T>(use: (docker: Host) => Promise<T>): Promise<T> =>
  withSession(hostOf(lab(), 'docker'), use);

const drillIn = (docker: Host, cut: Cut): Promise<Drill> =>
  drill(
    { docker, repository: pgbackrestRepository(docker), stage: (_title, run) => run() },
    { cut, isNewest: true, objectives: { rtoMs: 60_000, rpoMs: 3_600_000 } },
  );

const inPostgres = (...statements: readonly string[]): Promise<string> =>
  onHost(
    lab(),
    'db',
    'runuser',
    '-u',
    'postgres',
    '--',
    'psql',
    '-q',
    ...statements.flatMap((text) => ['-c', text]),
  );

const votes = (from: number, to: number): string =>
  `INSERT INTO votes SELECT md5(n::text), 'a' FROM generate_series(${from}, ${to}) AS n`;

const listImage = 'docker image ls --quiet sla-scratch';

/** What drills make on docker: containers of theirs, an image, and folders. */
const leftOnDocker = (): Promise<string> =>
  onHost(
    lab(),
    'docker',
    ...['sh', '-c', `docker ps --all --quiet --filter label=sla.drill; ${listImage}; ls "$1"`],
    ...['sh', places.drills],
  );

/** Every file of the originals with its sum. WAL may be added at any time; nothing that is there may change. */
async function originals(): Promise<readonly string[]> {
  const list = 'cd "$1" && find repository cuts -type f ! -path "*/drills/*" -exec sha256sum {} +';
  return (await onHost(lab(), 'docker', 'sh', '-c', list, 'sh', '/var/lib/sla')).split('\n');
}

beforeAll(async () => {
  // It takes cuts and drills them by itself, when their time comes.
  await onHost(lab(), 'docker', 'systemctl', 'stop', 'sla-agent.service');
  await inPostgres(
    votes(1, 2000),
    'ALTER SYSTEM SET work_mem = 7168',
    'CREATE TABLE ids (id serial PRIMARY KEY)',
  );
  await slaOk(lab(), ['backup', 'now', '--label', 'drill-older']);
  // Another backup on top, and WAL behind it, so that a cut needs all there is.
  await onHost(
    lab(),
    'docker',
    'runuser',
    '-u',
    'postgres',
    '--',
    'pgbackrest',
    '--stanza=votes',
    '--type=incr',
    'backup',
  );
  await inPostgres(votes(2001, 3000), 'SELECT pg_switch_wal()', 'INSERT INTO ids DEFAULT VALUES');
  await onHost(lab(), 'db', 'redis-cli', 'rpush', 'kept', 'one', 'two', 'three');
  await slaOk(lab(), ['backup', 'now', '--label', 'drill-newest']);
});

afterAll(async () => {
  await inPostgres(
    'DROP TABLE ids',
    'ALTER SYSTEM RESET work_mem',
    'DELETE FROM votes WHERE length(id) = 32',
  );
  await onHost(lab(), 'db', 'redis-cli', 'del', 'kept');
  await onHost(lab(), 'docker', 'systemctl', 'start', 'sla-agent.service');
});

describe('a drill', () => {
  test('proves the newest cut, keeps what it found, and leaves nothing else behind', async () => {
    const before = await originals();
    const found = await slaJson<Drill>(lab(), ['backup', 'drill']);
    expect(found).toMatchObject({ cut: 'drill-newest', verdict: { kind: 'proven' }, isControl: false });
    expect(found.objectives.rto?.tookMs).toBeGreaterThan(0);
    expect(found.objectives.rpo?.isMet).toBe(true);
    expect(await leftOnDocker()).toBe('');
    expect(await originals()).toEqual(expect.arrayContaining([...before]));
    const kept = await onDocker(readDrills);
    expect(kept.at(-1)?.startedAtMs).toBe(found.startedAtMs);
  });

  test('proves an older cut, whatever was written since', async () => {
    const found = await slaJson<Drill>(lab(), ['backup', 'drill', '--random-old']);
    expect(found.verdict).toEqual({ kind: 'proven' });
    expect(found.cut).not.toBe('drill-newest');
    expect(found.objectives.rpo).toBeUndefined();
  });

  test('changes nothing in a dry run', async () => {
    const { stdout } = await slaOk(lab(), ['backup', 'drill', '--dry-run', '--control', '--seed', '4']);
    expect(stdout).toContain('would restore the cut drill-newest, of a copy that seed 4 damages');
    expect(await leftOnDocker()).toBe('');
  });

  test('fails for a copy that holds something else than its cut says', async () => {
    await onDocker(async (docker) => {
      const cut = await newestCut(docker);
      const [older] = (await readCuts(docker)).flatMap((entry) =>
        entry.label === 'drill-older' && 'cut' in entry ? [entry.cut] : [],
      );
      if (!older) throw new Error('the older cut is gone');
      // The snapshot and the fingerprint of one instant, PostgreSQL of another.
      const other = { ...cut, postgres: older.postgres };
      const found = await drillIn(docker, other);
      expect(found.verdict).toMatchObject({
        kind: 'failed',
        reasons: [expect.stringMatching(/^fingerprint of postgres: .*rows of public.votes: \d+ → \d+ rows/)],
      });
    });
  });

  test('cannot verify while the disk is full, and does not call that a success', async () => {
    await onHost(
      lab(),
      'docker',
      'sh',
      '-c',
      'fallocate -l "$(df --output=avail -B1 /var | tail -n 1)" /var/filler',
    );
    try {
      const { exitStatus, stdout } = await sla(lab(), ['backup', 'drill', '--json', '--cut', 'drill-older']);
      expect(exitStatus, stdout).toBe(81);
      expect(JSON.parse(stdout)).toMatchObject({ verdict: { kind: 'could not verify' } });
    } finally {
      await onHost(lab(), 'docker', 'rm', '-f', '/var/filler');
    }
  });

  test('that was killed leaves the next one a clean place', async () => {
    await sla(lab(), ['backup', 'drill', '--cut', 'drill-newest'], {
      onStderr: (text, child) => {
        if (text.includes('✓ recovery')) child.kill('SIGKILL');
      },
    });
    expect(await leftOnDocker()).toContain('drill-');
    await onHost(
      lab(),
      'docker',
      'sh',
      '-c',
      'mkdir -p "$1/at-1" && touch "$1/at-1/of-a-restore"',
      'sh',
      places.drills,
    );
    // The lock goes with the connection of the killed one.
    const found = await eventually('the lock is free', async () => {
      const { exitStatus, stdout } = await sla(lab(), ['backup', 'drill', '--json', '--cut', 'drill-newest']);
      return exitStatus === 74 ? undefined : (JSON.parse(stdout) as Drill);
    });
    expect(found.verdict).toEqual({ kind: 'proven' });
    expect(await leftOnDocker()).toBe('at-1');
    await onHost(lab(), 'docker', 'rm', '-r', `${places.drills}/at-1`);
  });

  test('does not begin beside another one', async () => {
    await onDocker(async (docker) => {
      const running = drillIn(docker, await newestCut(docker));
      await eventually('it has the lock', async () => ((await leftOnDocker()) === '' ? undefined : true));
      expect(await slaFailure(lab(), ['backup', 'drill'])).toMatchObject({ code: 'store-busy' });
      expect((await running).verdict).toEqual({ kind: 'proven' });
    });
  });
});

describe('a negative control', () => {
  test('fails, says what was done, and never touches the originals', async () => {
    const before = await originals();
    const { exitStatus, stdout } = await sla(lab(), [
      'backup',
      'drill',
      '--control',
      '--seed',
      '7',
      '--json',
    ]);
    expect(exitStatus, stdout).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      isControl: true,
      verdict: { kind: 'failed' },
      damage: { seed: 7 },
    });
    expect(await originals()).toEqual(expect.arrayContaining([...before]));
    expect(await leftOnDocker()).toBe('');
  });

  test('of 60 damaged copies none is proven', { timeout: 900_000 }, async () => {
    const before = await originals();
    await onDocker(async (docker) => {
      const seeds = { first: Number(process.env.SLA_SEED ?? 1000), count: 60 };
      const heard: Drill[] = [];
      const tally = await runControls(docker, await newestCut(docker), seeds, (found) => heard.push(found));
      expect(tally.proven).toEqual([]);
      expect(tally.unverified).toEqual([]);
      expect(tally.failed).toBe(60);
      expect(new Set(heard.map(({ damage }) => damage?.what)).size).toBeGreaterThan(20);
    });
    expect(await originals()).toEqual(expect.arrayContaining([...before]));
    const real = await slaJson<Drill>(lab(), ['backup', 'drill']);
    expect(real.verdict, 'the same drill still proves what is whole').toEqual({ kind: 'proven' });
  });
});
