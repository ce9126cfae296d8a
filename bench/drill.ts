import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { withSession } from '../core/session.ts';
import { checkoutPath } from '../core/state.ts';
import { dockerOf, newestCut, runControls, type Tally } from './controls.ts';
import { BenchLab } from './lab.ts';
import { publish } from './page.ts';
import { wholeNumber } from './wholeNumber.ts';

// node bench/drill.ts [--runs N] [--votes N] [--controls N] [--seed N]: drills in a lab of its own, then of copies
// that each seed damages in its own way. The damaged copies are of a small cluster, so that they are many.

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '5' },
    votes: { type: 'string', default: '100000' },
    controls: { type: 'string', default: '500' },
    seed: { type: 'string', default: '1' },
  },
});
const runs = wholeNumber('runs', values.runs);
const votes = wholeNumber('votes', values.votes);
const count = wholeNumber('controls', values.controls);
const first = wholeNumber('seed', values.seed);
const narrate = (line: string): void => void process.stderr.write(`${line}\n`);

const insert = (from: number, to: number): string =>
  `INSERT INTO votes SELECT md5(n::text), CASE n % 3 WHEN 0 THEN 'a' ELSE 'b' END FROM generate_series(${from}, ${to}) AS n`;

interface Measured {
  readonly drills: readonly number[];
  readonly tally: Tally;
}

async function measure(lab: BenchLab): Promise<Measured> {
  const asPostgres = ['runuser', '-u', 'postgres', '--'];
  const psql = (query: string) => lab.time('ssh', { words: ['db', ...asPostgres, 'psql', '-qc', query] });
  try {
    await lab.time('down');
    await lab.time('up');
    await psql(insert(1, 2000));
    await lab.time('backup now', { words: ['--label', 'small'] });
    // A second backup on top, and several segments behind it: more that a cut can need.
    await lab.time('ssh', {
      words: ['docker', ...asPostgres, 'pgbackrest', '--stanza=votes', '--type=incr', 'backup'],
    });
    for (let segment = 1; segment <= 3; segment += 1) {
      await psql(insert(segment * 2000 + 1, segment * 2000 + 2000));
      await psql('SELECT pg_switch_wal()');
    }
    await lab.time('backup now', { words: ['--label', 'controls'] });
    const tally = await damagedCopies();
    await psql(insert(8001, votes));
    await lab.time('backup now', { words: ['--label', 'measured'] });
    const drills: number[] = [];
    for (let run = 1; run <= runs; run += 1) {
      const { seconds } = await lab.time('backup drill', { words: ['--cut', 'measured'] });
      drills.push(seconds);
      narrate(`run ${run} of ${runs}: ${seconds.toFixed(1)} s`);
    }
    return { drills, tally };
  } finally {
    await lab.time('down');
  }
}

const damagedCopies = (): Promise<Tally> =>
  withSession(dockerOf(BenchLab.subnet, join(checkoutPath, '.sla/bench')), async (docker) =>
    runControls(docker, await newestCut(docker), { first, count }, ({ damage, verdict }) =>
      narrate(`seed ${damage?.seed}: ${verdict.kind}: ${damage?.what}`),
    ),
  );

const { drills, tally } = await measure(new BenchLab(checkoutPath));
const file = await publish(checkoutPath, {
  name: 'drill',
  title: 'Measured: drills',
  rows: [{ what: `\`./sla backup drill\` of ${votes} votes`, unit: 'seconds', values: drills, atMost: 15 }],
  about: [
    'Times are those of the whole command, bootstrap included. A drill that does not prove the cut ends the measurement.',
    '',
    `Of ${count} copies that were damaged on purpose (seeds ${first} to ${first + count - 1}) the drill called ${tally.proven.length} proven, ${tally.failed} failed, and of ${tally.unverified.length} it could not tell.`,
    ...tally.proven.map(({ damage }) => `- FALSELY PROVEN: seed ${damage?.seed}, ${damage?.what}`),
  ],
});
narrate(`written to ${file}`);
if (tally.proven.length > 0) process.exitCode = 1;
