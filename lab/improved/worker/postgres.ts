import pg from 'pg';
import type { Table } from './votes.ts';

const create =
  'CREATE TABLE IF NOT EXISTS votes (id VARCHAR(255) NOT NULL UNIQUE, vote VARCHAR(255) NOT NULL)';
const upsert =
  'INSERT INTO votes (id, vote) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET vote = EXCLUDED.vote';

/** A table that takes a new connection when the old one is gone; a save fails while there is none. */
export function openTable(host: string, log: (line: string) => void): Table {
  const pool = new pg.Pool({
    host,
    user: 'postgres',
    password: 'postgres',
    database: 'postgres',
    max: 1,
    keepAlive: true,
    connectionTimeoutMillis: 2000,
    query_timeout: 5000,
  });
  pool.on('error', (error) => log(`PostgreSQL: ${error.message}`));
  let isMade = false;
  return {
    save: async ({ voter_id, vote }) => {
      if (!isMade) await pool.query(create);
      isMade = true;
      await pool.query(upsert, [voter_id, vote]);
    },
  };
}
