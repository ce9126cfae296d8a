import { join } from 'node:path';
import { serveStatic } from '@hono/node-server/serve-static';
import { Hono } from 'hono';
import { type Options, renderPage } from './page.ts';

/** The result page: it answers whether or not a database was ever reached. */
export function createApp(options: Options): Hono {
  const app = new Hono();
  app.get('/', (c) => c.html(renderPage(options)));
  app.use('/*', serveStatic({ root: join(import.meta.dirname, 'public') }));
  return app;
}
