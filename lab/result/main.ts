import type { Server as HttpServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { serve } from '@hono/node-server';
import { createApp } from './app.ts';
import { takeClient } from './database.ts';
import { openLive } from './live.ts';
import { log } from './log.ts';
import { publishScores } from './scores.ts';

const { PORT = '4000', OPTION_A = 'Cats', OPTION_B = 'Dogs' } = process.env;
const everyMs = 1000;

const app = createApp({ a: OPTION_A, b: OPTION_B });
const server = serve({ fetch: app.fetch, port: Number(PORT) }, ({ port }) =>
  log(`App running on port ${port}`),
);
const live = openLive(server as HttpServer);

// The first process of a container gets no default action for SIGTERM: unhandled, it would be ignored.
process.once('SIGTERM', () => {
  live.close();
  process.exit(0);
});

const database = await takeClient('db');
for (;;) {
  await publishScores(database, (scores) => live.emit('scores', scores), log);
  await sleep(everyMs);
}
