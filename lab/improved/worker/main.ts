import { setTimeout as sleep } from 'node:timers/promises';
import { openTable } from './postgres.ts';
import { openQueue } from './redis.ts';
import { work } from './votes.ts';

const log = (line: string): void => void process.stdout.write(`${line}\n`);

let isOver = false;
process.once('SIGTERM', () => {
  isOver = true;
});

await work(
  { queue: openQueue('redis', log), table: openTable('db', log), log, wait: () => sleep(200) },
  () => isOver,
);
process.exit(0);
