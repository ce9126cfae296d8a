import { parseArgs } from 'node:util';
import { checkoutPath } from '../core/state.ts';
import { BenchLab } from './lab.ts';
import { publish } from './page.ts';
import { wholeNumber } from './wholeNumber.ts';

// node bench/agent.ts [--runs N]: what the agent holds after a minute of work, and what it costs a command.

const { values } = parseArgs({ options: { runs: { type: 'string', default: '5' } } });
const runs = wholeNumber('runs', values.runs);
const narrate = (line: string): void => void process.stderr.write(`${line}\n`);

// Its metrics are read ten times a second for a minute; then what the kernel counts.
const minuteOfWork = `
systemctl restart sla-agent
until [ -S /run/sla/agent.sock ]; do sleep 0.1; done
end=$((SECONDS + 60))
while [ "$SECONDS" -lt "$end" ]; do
  exec 3<> /dev/tcp/127.0.0.1/9464
  printf 'GET /metrics HTTP/1.0\r\n\r\n' >&3
  cat <&3 > /dev/null
  exec 3>&-
  sleep 0.1
done
grep VmRSS "/proc/$(systemctl show --property=MainPID --value sla-agent)/status"
`;

const mebibytesIn = (output: string): number => Number(/VmRSS:\s+(\d+) kB/.exec(output)?.[1]) / 1024;

async function measure(lab: BenchLab) {
  const resident: number[] = [];
  const recorded: number[] = [];
  const unrecorded: number[] = [];
  try {
    await lab.time('down');
    await lab.time('up');
    for (let run = 1; run <= runs; run += 1) {
      resident.push(mebibytesIn(await lab.on('docker', 'bash', '-c', minuteOfWork)));
      recorded.push((await lab.time('converge')).seconds);
      // What changes nothing is not recorded; all else is the same.
      unrecorded.push((await lab.time('converge', { words: ['--dry-run'] })).seconds);
      narrate(`run ${run} of ${runs}: ${resident.at(-1)?.toFixed(1)} MiB`);
    }
  } finally {
    await lab.time('down');
  }
  return { resident, recorded, unrecorded };
}

const { resident, recorded, unrecorded } = await measure(new BenchLab(checkoutPath));
await publish(checkoutPath, {
  name: 'agent',
  title: 'What the agent takes',
  rows: [
    {
      what: 'memory of the agent after a minute of work (VmRSS)',
      unit: 'mebibytes',
      values: resident,
      atMost: 80,
    },
    {
      what: '`./sla converge` with nothing to do, written into the ledger',
      unit: 'seconds',
      values: recorded,
      atMost: 1,
    },
    { what: 'the same as a dry run, which is not', unit: 'seconds', values: unrecorded },
  ],
  about: [
    'VmRSS counts the pages of the Node binary that the agent uses, about 50 MiB, which the kernel can drop at any time. Work: the metrics are read ten times a second.',
  ],
});
