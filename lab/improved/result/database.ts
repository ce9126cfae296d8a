import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

interface Row {
  readonly vote: string;
  readonly count: string;
}

interface Database {
  query(text: string): Promise<readonly Row[]>;
}

const waitMs = 200;

/** Takes the place of the delivered `takeClient`: a broken connection is replaced by the next query. */
export async function takeClient(host: string): Promise<Database> {
  const pool = new pg.Pool({
    connectionString: `postgres://postgres:postgres@${host}/postgres`,
    max: 1,
    keepAlive: true,
    connectionTimeoutMillis: 2000,
    query_timeout: 3000,
  });
  pool.on('error', (error) => log(`Database: ${error.message}`));
  for (;;) {
    try {
      await pool.query('SELECT 1');
      log('Connected to db');
      return { query: async (text) => (await pool.query(text)).rows };
    } catch {
      log('Waiting for db');
      await sleep(waitMs);
    }
  }
}

function log(line: string): void {
  process.stdout.write(`${line}\n`);
}
