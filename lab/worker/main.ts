import { setTimeout as sleep } from 'node:timers/promises';
import { log } from './log.ts';
import { openTable } from './postgres.ts';
import { openQueue } from './redis.ts';
import { type Connections, tick, type World } from './worker.ts';

const everyMs = 100;
const world: World = { openQueue: () => openQueue('redis'), openTable: () => openTable('db'), log };

// The first process of a container gets no default action for SIGTERM: unhandled, it would be ignored.
process.once('SIGTERM', () => process.exit(0));

try {
  const table = await world.openTable();
  let connections: Connections = { table, kept: table, queue: await world.openQueue() };
  for (;;) {
    await sleep(everyMs);
    connections = await tick(connections, world);
  }
} catch (error) {
  log(error instanceof Error ? (error.stack ?? error.message) : String(error));
  process.exit(1);
}
