import { parseArgs } from 'node:util';
import { checkoutPath } from '../core/state.ts';
import { BenchLab } from './lab.ts';
import { publish } from './page.ts';
import { wholeNumber } from './wholeNumber.ts';

// node bench/backup.ts [--runs N] [--votes N] [--gib N]: cuts and restores in a lab of its own, beside the bare tools.

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '5' },
    votes: { type: 'string', default: '100000' },
    gib: { type: 'string', default: '1' },
  },
});
const runs = wholeNumber('runs', values.runs);
const votes = wholeNumber('votes', values.votes);
const gib = wholeNumber('gib', values.gib);
const narrate = (line: string): void => void process.stderr.write(`${line}\n`);

const fillVotes = `INSERT INTO votes SELECT md5(n::text), CASE n % 3 WHEN 0 THEN 'a' ELSE 'b' END FROM generate_series(1, ${votes}) AS n`;
// Rows of a kibibyte that do not compress well.
const fillBallast = `CREATE TABLE ballast AS SELECT n, (SELECT string_agg(md5(n::text || i), '') FROM generate_series(1, 30) AS i) AS text FROM generate_series(1, ${gib * 1_000_000}) AS n`;

const data = '/var/lib/postgresql/17/main';
const scratch = '/var/lib/postgresql/17/bench';
const asPostgres = 'runuser -u postgres --';
const restored = `${asPostgres} pgbackrest --stanza=votes --pg1-path=${scratch} --archive-mode=off`;

/** What is measured on db itself, each from a clean scratch folder. */
const onDb = {
  full: `${restored} restore`,
  delta: `cp -a --reflink=auto ${data}/. ${scratch}/; rm -rf ${scratch}/pg_wal/* ${scratch}/postmaster.*; ${restored} --delta restore`,
  dump: `${asPostgres} sh -c 'cd /tmp && dropdb --if-exists bench && createdb bench && pg_restore -j2 -d bench /var/lib/postgresql/bench.dump'`,
} as const;
const cleaned = `rm -rf ${scratch}; install -d -o postgres -g postgres -m 700 ${scratch}`;

interface Measured {
  readonly now: number[];
  readonly restore: number[];
  readonly full: number[];
  readonly delta: number[];
  readonly dump: number[];
}

async function measure(lab: BenchLab): Promise<Measured> {
  const measured: Measured = { now: [], restore: [], full: [], delta: [], dump: [] };
  const ssh = (host: string, line: string) => lab.time('ssh', { words: [host, 'sh', '-eu', '-c', line] });
  const psql = (query: string) =>
    lab.time('ssh', { words: ['db', 'runuser', '-u', 'postgres', '--', 'psql', '-qc', query] });
  try {
    await lab.time('down');
    await lab.time('up');
    await psql(fillVotes);
    await lab.time('backup now', { words: ['--label', 'first'] });
    for (let run = 1; run <= runs; run += 1) {
      const { seconds } = await lab.time('backup now', { words: ['--label', `now-${run}`] });
      measured.now.push(seconds);
      narrate(`run ${run} of ${runs}: backup now ${seconds.toFixed(1)} s`);
    }
    await psql(fillBallast);
    await ssh('docker', `${asPostgres} pgbackrest --stanza=votes --type=full backup`);
    await lab.time('backup now', { words: ['--label', 'large'] });
    await ssh('db', `${asPostgres} pg_dump -Fc --compress=1 -f /var/lib/postgresql/bench.dump postgres`);
    for (let run = 1; run <= runs; run += 1) {
      for (const what of ['full', 'delta', 'dump'] as const) {
        await ssh('db', cleaned);
        const { seconds } = await ssh('db', onDb[what]);
        measured[what].push(seconds);
        narrate(`run ${run} of ${runs}: ${what} ${seconds.toFixed(1)} s`);
      }
      await ssh('db', `rm -rf ${scratch}; ${asPostgres} dropdb bench`);
      const { seconds } = await lab.time('backup restore', { words: ['--cut', 'large', '--yes'] });
      measured.restore.push(seconds);
      narrate(`run ${run} of ${runs}: backup restore ${seconds.toFixed(1)} s`);
    }
  } finally {
    await lab.time('down');
  }
  return measured;
}

const median = (found: readonly number[]): number | undefined =>
  found.toSorted((one, other) => one - other)[found.length >> 1];
const share = (found: readonly number[], divisor: number): number | undefined => {
  const middle = median(found);
  return middle === undefined ? undefined : middle / divisor;
};

const { now, restore, full, delta, dump } = await measure(new BenchLab(checkoutPath));
const unit = 'seconds';
const file = await publish(checkoutPath, {
  name: 'backup',
  title: 'Measured: backups and restores',
  rows: [
    { what: `\`./sla backup now\`, ${votes} votes`, unit, values: now, atMost: 5 },
    { what: `\`pg_restore -j2\` of ${gib} GiB, without the dump`, unit, values: dump },
    {
      what: `pgBackRest restore of ${gib} GiB into an empty folder`,
      unit,
      values: full,
      atMost: share(dump, 3),
    },
    { what: `the same from a copy of data that is intact`, unit, values: delta, atMost: share(full, 4) },
    { what: `\`./sla backup restore --cut\` of ${gib} GiB → certified, vote counted`, unit, values: restore },
  ],
  about: [
    'Hosts are containers. Times are those of the whole command, bootstrap included. A restore whose certificate is DIFFERENT ends the measurement.',
  ],
});
narrate(`written to ${file}`);
