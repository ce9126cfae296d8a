import { hostname } from 'node:os';
import { serve } from '@hono/node-server';
import { createApp } from './app.ts';
import { log } from './log.ts';
import { redisQueue } from './queue.ts';

const { PORT = '80', OPTION_A = 'Cats', OPTION_B = 'Dogs' } = process.env;

const app = createApp({
  options: { a: OPTION_A, b: OPTION_B },
  containerId: hostname(),
  queue: redisQueue('redis'),
  log,
});

const server = serve({ fetch: app.fetch, port: Number(PORT) }, ({ port }) =>
  log(`Listening on port ${port}`),
);

// The first process of a container gets no default action for SIGTERM: unhandled, it would be ignored.
process.once('SIGTERM', () => {
  server.close();
  process.exit(0);
});
