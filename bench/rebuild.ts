import { parseArgs } from 'node:util';
import { type HostName, hostNames } from '../core/application.ts';
import { checkoutPath } from '../core/state.ts';
import { BenchLab } from './lab.ts';
import { publish } from './page.ts';
import type { Row } from './table.ts';
import { wholeNumber } from './wholeNumber.ts';

// node bench/rebuild.ts [--runs N] [--votes N]: each host of a lab of its own, from the command to a counted vote.

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '5' },
    votes: { type: 'string', default: '100000' },
  },
});
const runs = wholeNumber('runs', values.runs);
const votes = wholeNumber('votes', values.votes);
const atMost: Readonly<Record<HostName, number>> = { app: 15, docker: 40, db: 20 };
const narrate = (line: string): void => void process.stderr.write(`${line}\n`);

const fill = `INSERT INTO votes SELECT md5(n::text), CASE n % 3 WHEN 0 THEN 'a' ELSE 'b' END FROM generate_series(1, ${votes}) AS n`;

interface Measured {
  readonly firstVote: number;
  readonly whole: number;
}

async function measure(lab: BenchLab): Promise<Readonly<Record<HostName, readonly Measured[]>>> {
  const measured: Record<HostName, Measured[]> = { app: [], db: [], docker: [] };
  try {
    await lab.time('down');
    await lab.time('up');
    await lab.time('ssh', { words: ['db', 'runuser', '-u', 'postgres', '--', 'psql', '-qc', fill] });
    for (let run = 1; run <= runs; run += 1) {
      for (const host of hostNames) {
        const { seconds, secondsUntil } = await lab.time('rebuild', {
          words: [host, '--yes'],
          until: /counted after/,
        });
        narrate(`run ${run} of ${runs}: ${host} ${seconds.toFixed(1)} s`);
        measured[host].push({ firstVote: secondsUntil ?? Number.NaN, whole: seconds });
      }
    }
  } finally {
    await lab.time('down');
  }
  return measured;
}

function rowsOf(measured: Readonly<Record<HostName, readonly Measured[]>>): readonly Row[] {
  return hostNames.flatMap((host): readonly Row[] => [
    {
      what: `\`./sla rebuild ${host}\` → first vote counted`,
      unit: 'seconds',
      values: measured[host].map(({ firstVote }) => firstVote),
      atMost: atMost[host],
    },
    {
      what: `\`./sla rebuild ${host}\` → its end`,
      unit: 'seconds',
      values: measured[host].map(({ whole }) => whole),
    },
  ]);
}

const measured = await measure(new BenchLab(checkoutPath));
const file = await publish(checkoutPath, {
  name: 'rebuild',
  title: 'Measured: rebuilding',
  rows: rowsOf(measured),
  about: [
    `Hosts are containers; PostgreSQL holds ${votes.toLocaleString('en')} votes. Times are those of the whole command, bootstrap included. A rebuild whose certificate is DIFFERENT ends the measurement.`,
  ],
});
narrate(`written to ${file}`);
