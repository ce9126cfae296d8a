import { rowsQuery } from '../../../core/fingerprint/adapters/postgresRows.ts';
import { literal, type Sql, textOf } from '../../../core/fingerprint/adapters/sql.ts';
import type { RowDigest, RowRequest, RowSource } from '../../../core/fingerprint/rows.ts';
import type { Bucketing } from '../../../core/fingerprint/types.ts';
import type { Vote } from '../votes.ts';

/** The last vote of each voter in `sla_accepted`, as rows of the table of votes: the database hashes them itself. */
export interface ExpectedRows extends RowSource {
  readonly buckets: readonly number[];
}

/**
 * To be called in the transaction of `openReconciliation`, on votes that were loaded; until it ends, the rows may be
 * read once.
 */
export async function expectedRows(sql: Sql, bucketing: Bucketing): Promise<ExpectedRows> {
  await sql.query('CREATE TEMPORARY TABLE sla_expected (LIKE public.votes) ON COMMIT DROP');
  await sql.query(
    `INSERT INTO sla_expected (id, vote)
     SELECT DISTINCT ON (voter) voter, vote FROM sla_accepted ORDER BY voter, sequence DESC`,
  );
  const all = Array.from({ length: bucketing.count }, (_, bucket) => bucket);
  const request: RowRequest = { table: 'pg_temp.sla_expected', bucketing, buckets: all };
  const buckets = await sql.query(
    `SELECT bucket FROM (${rowsQuery(request, [])}) AS rows GROUP BY bucket ORDER BY bucket::bigint`,
  );
  return {
    buckets: buckets.map((row) => Number(textOf(row, 'bucket'))),
    rows: ({ buckets: wanted }) => readRows(sql, { ...request, buckets: wanted }),
  };
}

async function* readRows(sql: Sql, request: RowRequest): AsyncGenerator<RowDigest> {
  await sql.query(`DECLARE sla_expected_rows NO SCROLL CURSOR FOR ${rowsQuery(request, [])}`);
  try {
    for (;;) {
      const rows = await sql.query('FETCH 5000 FROM sla_expected_rows');
      for (const row of rows)
        yield { bucket: Number(textOf(row, 'bucket')), key: row.key ?? '', hash: textOf(row, 'hash') };
      if (rows.length < 5000) return;
    }
  } finally {
    await sql.query('CLOSE sla_expected_rows');
  }
}

/** How many of these votes were not accepted, by what was loaded. */
export async function countUnknown(sql: Sql, votes: readonly Vote[]): Promise<number> {
  const [row] = await sql.query(
    `SELECT count(*)::text AS count FROM json_to_recordset(${literal(JSON.stringify(votes))})
       AS waiting (voter text, vote text)
     WHERE NOT EXISTS (SELECT FROM sla_accepted AS accepted
       WHERE accepted.voter = waiting.voter AND accepted.vote = waiting.vote)`,
  );
  return Number(row ? textOf(row, 'count') : 0);
}

/** Voters of whom a vote was accepted at this instant or later. */
export async function votersFrom(sql: Sql, atMs: number): Promise<readonly string[]> {
  const rows = await sql.query(`SELECT DISTINCT voter FROM sla_accepted WHERE at_ms >= ${Math.floor(atMs)}`);
  return rows.map((row) => textOf(row, 'voter'));
}
