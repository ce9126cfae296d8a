/**
 * Ten times the traffic of a client, as spam from several sources of the lab's own network, while the client's
 * success and p99 are measured: node bench/converge/spam.ts LAB [ROUNDS [SECONDS]]
 */
import { execFileSync, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { median } from './statistics.ts';

interface Load {
  readonly total: number;
  readonly statuses: Readonly<Record<string, number>>;
  readonly p50: number;
  readonly p99: number;
}

const [lab = 'sla', rounds = '10', seconds = '8'] = process.argv.slice(2);
const docker = (...words: readonly string[]): string =>
  execFileSync('docker', [...words], { encoding: 'utf8' }).trim();
const address = docker(
  'inspect',
  '--format',
  '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}',
  `${lab}-app`,
);
const image = docker('images', '--format', '{{.Repository}}:{{.Tag}}', 'sla-lab/node').split('\n')[0] ?? '';
const script = readFileSync(join(import.meta.dirname, 'load.mjs'), 'utf8');
const lastsS = Number(seconds);
const headStartS = 2;
const clientRate = 20;
const spamSources = 4;
const spamRate = (clientRate * 10) / spamSources;

/**
 * Runs the load in a container of the lab's network: a source of its own. Spam comes from other machines, so
 * what it takes of this one's processor gives way to everybody else.
 */
function load(name: string, rate: number, lastsS: number): Promise<Load> {
  const share = name === 'client' ? [] : ['--cpu-shares', '2'];
  const run = [
    'run',
    '--rm',
    '--interactive',
    '--name',
    `${lab}-bench-${name}`,
    '--network',
    `${lab}-net`,
    ...share,
    image,
  ];
  const node = ['node', '--input-type=module', '-', `http://${address}:8080/`, String(rate), String(lastsS)];
  const child = spawn('docker', [...run, ...node], { stdio: ['pipe', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (text) => {
    output += text;
  });
  child.stdin.end(script);
  const { promise, resolve, reject } = Promise.withResolvers<Load>();
  child.on('close', () => {
    try {
      resolve(JSON.parse(output));
    } catch {
      reject(new Error(`the load ${name} gave no result: ${output}`));
    }
  });
  return promise;
}

const successOf = ({ total, statuses }: Load): number => (statuses['200'] ?? 0) / total;

const results = [];
for (let round = 0; round < Number(rounds); round += 1) {
  const calm = await load('client', clientRate, lastsS);
  await sleep(1000);
  const [loaded, ...spam] = await Promise.all([
    // The programs that spam have started by then: their start is not what is measured.
    sleep(headStartS * 1000).then(() => load('client', clientRate, lastsS)),
    ...Array.from({ length: spamSources }, (_, source) =>
      load(`spam-${source}`, spamRate, lastsS + 2 * headStartS),
    ),
  ]);
  results.push({ calm, loaded, spam });
  process.stderr.write(
    `round ${round + 1}: success ${successOf(loaded)}, p99 ${calm.p99.toFixed(1)} → ${loaded.p99.toFixed(1)} ms, client ${JSON.stringify(loaded.statuses)}, spam ${JSON.stringify(spam.map(({ statuses }) => statuses))}\n`,
  );
  // The counters of the proxy look three seconds back.
  await sleep(4000);
}
const all = {
  requests: results.reduce((sum, { loaded }) => sum + loaded.total, 0),
  failed: results.reduce((sum, { loaded }) => sum + loaded.total - (loaded.statuses['200'] ?? 0), 0),
  calmP99: median(results.map(({ calm }) => calm.p99)),
  loadedP99: median(results.map(({ loaded }) => loaded.p99)),
};
process.stdout.write(
  `${JSON.stringify({ ...all, success: 1 - all.failed / all.requests, ratio: all.loadedP99 / all.calmP99 }, null, 2)}\n`,
);
