import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { serveStatic } from '@hono/node-server/serve-static';
import { type Context, Hono } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import { type Options, renderPage } from './page.ts';
import type { Queue } from './queue.ts';

export interface VoteApp {
  readonly options: Options;
  readonly containerId: string;
  readonly queue: Queue;
  readonly log: (line: string) => void;
}

/** The vote page: GET shows it and never touches Redis, POST queues a vote and shows it marked. */
export function createApp({ options, containerId, queue, log }: VoteApp): Hono {
  const app = new Hono();
  const show = (c: Context, voterId: string, vote?: string) => {
    setCookie(c, 'voter_id', voterId);
    return c.html(renderPage({ options, containerId, vote }));
  };

  app.use(async (c, next) => {
    await next();
    log(`${c.req.method} ${c.req.path} ${c.res.status}`);
  });
  app.use(
    '/static/*',
    serveStatic({ root: join(import.meta.dirname, 'static'), rewriteRequestPath: fileName }),
  );

  app.get('/', (c) => show(c, voterIdOf(c)));
  app.post('/', async (c) => {
    const { vote } = await c.req.parseBody();
    if (typeof vote !== 'string') return c.text('Bad Request', 400);
    const voterId = voterIdOf(c);
    log(`Received vote for ${vote}`);
    await queue.push({ voter_id: voterId, vote });
    return show(c, voterId, vote);
  });

  app.onError((error, c) => {
    log(`Error: ${error.message}`);
    return c.text('Internal Server Error', 500);
  });
  return app;
}

function voterIdOf(c: Context): string {
  return getCookie(c, 'voter_id') || randomBytes(8).toString('hex');
}

function fileName(path: string): string {
  return path.replace(/^\/static/, '');
}
