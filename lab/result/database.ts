import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { log } from './log.ts';
import type { Database } from './scores.ts';

const waitMs = 1000;

/** Waits for PostgreSQL and takes one client, which is kept for good: it is not replaced when it breaks. */
export async function takeClient(host: string): Promise<Database> {
  const pool = new pg.Pool({ connectionString: `postgres://postgres:postgres@${host}/postgres` });
  for (;;) {
    try {
      const client = await pool.connect();
      // An unheard 'error' event would end the process; it stays up, and every later query fails.
      client.on('error', (error) => log(`Database: ${error.message}`));
      log('Connected to db');
      return { query: async (text) => (await client.query(text)).rows };
    } catch {
      log('Waiting for db');
      await sleep(waitMs);
    }
  }
}
