// Requests at fixed instants, whatever became of the ones before: node load.mjs URL RATE SECONDS
import { Agent, get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

const [url = '', rate = '1', seconds = '1'] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true, maxSockets: 64 });
const total = Number(rate) * Number(seconds);
const statuses = {};
const tookMs = [];

function request() {
  const { promise, resolve } = Promise.withResolvers();
  const started = performance.now();
  const end = (status) => {
    statuses[status] = (statuses[status] ?? 0) + 1;
    tookMs.push(performance.now() - started);
    resolve();
  };
  const asked = get(url, { agent, timeout: 5000 }, (response) => {
    response.resume();
    response.on('end', () => end(response.statusCode));
    response.on('error', () => end('broken'));
  });
  asked.on('timeout', () => asked.destroy(new Error('timeout')));
  asked.on('error', (error) => end(error.code ?? error.message));
  return promise;
}

const begin = performance.now();
const pending = [];
for (let index = 0; index < total; index += 1) {
  await sleep(Math.max(0, begin + (index * 1000) / Number(rate) - performance.now()));
  pending.push(request());
}
await Promise.all(pending);
const sorted = tookMs.toSorted((a, b) => a - b);
const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
process.stdout.write(
  `${JSON.stringify({ total, statuses, p50: at(0.5), p99: at(0.99), most: sorted.at(-1) })}\n`,
);
process.exit();
