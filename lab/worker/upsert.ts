import type { Vote } from './worker.ts';

/** Runs one statement; fails when the database refuses it or is not there. */
export type Sql = (text: string, values: string[]) => Promise<void>;

export async function createTable(sql: Sql): Promise<void> {
  await sql(
    'CREATE TABLE IF NOT EXISTS votes (id VARCHAR(255) NOT NULL UNIQUE, vote VARCHAR(255) NOT NULL)',
    [],
  );
}

/** Any failure of the insert is taken for a voter who changed the vote; the update then fails in its turn. */
export async function upsert(sql: Sql, { voter_id, vote }: Vote): Promise<void> {
  try {
    await sql('INSERT INTO votes (id, vote) VALUES ($1, $2)', [voter_id, vote]);
  } catch {
    await sql('UPDATE votes SET vote = $2 WHERE id = $1', [voter_id, vote]);
  }
}
