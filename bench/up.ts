import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { checkoutPath } from '../core/state.ts';
import { timeColdUp } from './cold.ts';
import { BenchLab } from './lab.ts';
import { memoryOf } from './memory.ts';
import { publish } from './page.ts';
import type { Row } from './table.ts';
import { wholeNumber } from './wholeNumber.ts';

// node bench/up.ts [--runs N] [--cold]: the figures of the README, measured in a lab of its own.

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '5' }, cold: { type: 'boolean' } },
});
const runs = wholeNumber('runs', values.runs);

const settleMs = 60_000;
const narrate = (line: string): void => void process.stderr.write(`${line}\n`);

interface Measured {
  readonly firstVote: number;
  readonly up: number;
  readonly upAgain: number;
  readonly status: number;
  readonly down: number;
  readonly unitTests: number;
  readonly residentMiB: number;
  readonly usedMiB: number;
}

/** One lab from nothing to nothing; the images are there. */
async function measureOnce(lab: BenchLab): Promise<Measured> {
  const up = await lab.time('up', { until: /counted after/ });
  narrate(`  up ${up.seconds.toFixed(1)} s; memory in ${settleMs / 1000} s`);
  await sleep(settleMs);
  const memory = memoryOf(await lab.containerIds());
  const upAgain = await lab.time('up');
  const status = await lab.time('status');
  const down = await lab.time('down');
  const unitTests = await lab.time('test', { words: ['unit'] });
  return {
    firstVote: up.secondsUntil ?? Number.NaN,
    up: up.seconds,
    upAgain: upAgain.seconds,
    status: status.seconds,
    down: down.seconds,
    unitTests: unitTests.seconds,
    residentMiB: memory.resident,
    usedMiB: memory.used,
  };
}

/** Without a first round that does not count, the first run would build images for the others. */
async function measure(lab: BenchLab): Promise<readonly Measured[]> {
  const measured: Measured[] = [];
  try {
    narrate('a round that does not count');
    await lab.time('down');
    await lab.time('up');
    await lab.time('down');
    for (let run = 1; run <= runs; run += 1) {
      narrate(`run ${run} of ${runs}`);
      measured.push(await measureOnce(lab));
    }
  } finally {
    await lab.time('down');
  }
  return measured;
}

function rowsOf(measured: readonly Measured[], cold: readonly number[]): readonly Row[] {
  const row = (what: string, key: keyof Measured, atMost?: number): Row => ({
    what,
    unit: key.endsWith('MiB') ? 'mebibytes' : 'seconds',
    values: measured.map((one) => one[key]),
    atMost,
  });
  return [
    { what: '`./sla up`, nothing cached, offline sources', unit: 'seconds', values: cold, atMost: 360 },
    row('`./sla up`, images cached → first vote counted', 'firstVote', 30),
    row('`./sla up`, images cached → its end', 'up'),
    row('`./sla up` when all is up', 'upAgain', 4),
    row('`./sla status`', 'status', 1),
    row('`./sla down`', 'down', 10),
    row('`./sla test unit`', 'unitTests', 30),
    row('memory of the idle lab: what programs hold', 'residentMiB', 1536),
    row('memory of the idle lab: the same and the page cache in use', 'usedMiB', 1536),
  ];
}

const cold = values.cold === true ? [await timeColdUp(checkoutPath)] : [];
const measured = await measure(new BenchLab(checkoutPath));
await publish(checkoutPath, {
  name: 'up',
  title: 'Measured',
  rows: rowsOf(measured, cold),
  about: [
    `Times are those of the whole command, bootstrap included. Memory is read ${settleMs / 1000} s after \`up\`, from the memory`,
    'groups of the hosts, the mailbox and the containers inside the hosts.',
  ],
});
