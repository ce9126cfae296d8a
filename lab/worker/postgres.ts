import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { log } from './log.ts';
import { createTable, type Sql, upsert } from './upsert.ts';
import type { Table } from './worker.ts';

const waitMs = 1000;
const connectTimeoutMs = 15_000;
const queryTimeoutMs = 30_000;

/** Waits for PostgreSQL, as long as it takes; the table is made when it is missing. */
export async function openTable(host: string): Promise<Table> {
  const client = await connected(host);
  log('Connected to db');

  let isOpen = true;
  client.on('end', () => {
    isOpen = false;
  });

  const sql: Sql = async (text, values) => {
    await client.query(text, values);
  };
  await createTable(sql);
  return {
    get isOpen() {
      return isOpen;
    },
    save: (vote) => upsert(sql, vote),
    keepAlive: () => sql('SELECT 1', []),
  };
}

async function connected(host: string): Promise<pg.Client> {
  for (;;) {
    const client = new pg.Client({
      host,
      user: 'postgres',
      password: 'postgres',
      database: 'postgres',
      connectionTimeoutMillis: connectTimeoutMs,
      query_timeout: queryTimeoutMs,
    });
    // An unheard 'error' event would end the process; a lost connection is noticed where it is used.
    client.on('error', (error) => log(`PostgreSQL: ${error.message}`));
    try {
      await client.connect();
      return client;
    } catch {
      log('Waiting for db');
      await sleep(waitMs);
    }
  }
}
