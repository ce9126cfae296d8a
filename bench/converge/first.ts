import { parseArgs } from 'node:util';
import { checkoutPath } from '../../core/state.ts';
import { BenchLab } from '../lab.ts';
import { publish } from '../page.ts';
import { wholeNumber } from '../wholeNumber.ts';

// node bench/converge/first.ts [--runs N]: the first converge of three delivered hosts, and one with nothing to do.

const { values } = parseArgs({ options: { runs: { type: 'string', default: '10' } } });
const runs = wholeNumber('runs', values.runs);

const lab = new BenchLab(checkoutPath);
const first: number[] = [];
const again: number[] = [];
try {
  for (let run = 1; run <= runs; run += 1) {
    await lab.time('down');
    await lab.time('up', { words: ['--delivered'] });
    first.push((await lab.time('converge')).seconds);
    again.push((await lab.time('converge')).seconds);
    process.stderr.write(
      `run ${run} of ${runs}: ${first.at(-1)?.toFixed(1)} s, ${again.at(-1)?.toFixed(2)} s\n`,
    );
  }
} finally {
  await lab.time('down');
}
await publish(checkoutPath, {
  name: 'converge/first',
  title: 'Measured: converging',
  rows: [
    {
      what: 'first `./sla converge` of three hosts, packages cached',
      unit: 'seconds',
      values: first,
      atMost: 45,
    },
    { what: '`./sla converge` of three hosts with nothing to do', unit: 'seconds', values: again, atMost: 1 },
  ],
  about: [
    'Hosts are containers, as delivered before each first converge. Times are those of the whole command, bootstrap included.',
  ],
});
