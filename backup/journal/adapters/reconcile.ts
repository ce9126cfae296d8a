import { literal, type Sql, textOf } from '../../../core/fingerprint/adapters/sql.ts';
import {
  type AcceptedVote,
  planReconcile,
  type ReconcileFacts,
  type ReconcilePlan,
} from '../planReconcile.ts';
import { isOwnVoter } from '../votes.ts';

export interface Reconciled {
  /** How many voters of each kind. */
  readonly counts: Readonly<Record<keyof ReconcilePlan, number>>;
  /** The first few of each. */
  readonly first: ReconcilePlan;
}

export interface ReconcileTerms extends Omit<ReconcileFacts, 'accepted' | 'rows'> {
  readonly isDryRun: boolean;
}

/**
 * Opens the transaction in which votes are compared and written. What the table holds at this instant is what they
 * are compared with: read the journal only now, so that it has every vote that is counted. Whoever changes one of
 * the rows meanwhile makes the writing fail, and nothing is written.
 */
export async function openReconciliation(sql: Sql): Promise<void> {
  await sql.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
  await sql.query("SET LOCAL lock_timeout = '10s'; SET LOCAL search_path = pg_catalog, pg_temp");
  await sql.query('SELECT count(*) FROM (SELECT FROM public.votes LIMIT 1) AS any_vote');
  await sql.query(
    'CREATE TEMPORARY TABLE sla_accepted (voter text, vote text, sequence bigint, at_ms bigint) ON COMMIT DROP',
  );
}

/** Hands votes over to the database, some thousands at a time. Those of the suite's own voters are left out. */
export async function loadAccepted(sql: Sql, votes: AsyncIterable<AcceptedVote>): Promise<number> {
  let [page, count]: [AcceptedVote[], number] = [[], 0];
  const send = async () => {
    if (page.length > 0) await sql.query(insertQuery(page));
    count += page.length;
    page = [];
  };
  for await (const vote of votes) {
    if (isOwnVoter(vote.voter)) continue;
    page.push(vote);
    if (page.length === pageRows) await send();
  }
  await send();
  return count;
}

const pageRows = 5000;

const insertQuery = (page: readonly AcceptedVote[]): string =>
  `INSERT INTO sla_accepted SELECT voter, vote, sequence, "atMs"
   FROM json_to_recordset(${literal(JSON.stringify(page))})
     AS accepted (voter text, vote text, sequence bigint, "atMs" bigint)`;

/** Voters whose last accepted vote is not what the table holds; the join is the database's. */
const missingQuery = `
SELECT accepted.voter, accepted.vote, accepted.sequence::text, accepted.at_ms::text, votes.vote AS was
FROM (SELECT DISTINCT ON (voter) * FROM sla_accepted ORDER BY voter, sequence DESC) AS accepted
LEFT JOIN public.votes AS votes ON votes.id = accepted.voter
WHERE votes.vote IS DISTINCT FROM accepted.vote`;

/** Compares, and writes unless it is a dry run; the transaction is left open. */
export async function reconcile(sql: Sql, { isDryRun, ...facts }: ReconcileTerms): Promise<Reconciled> {
  await sql.query('ANALYZE sla_accepted');
  await sql.query(`DECLARE sla_missing NO SCROLL CURSOR FOR ${missingQuery}`);
  const counts = { writes: 0, waiting: 0, overtaken: 0, fresh: 0, doubtful: 0 };
  const first = { writes: [], waiting: [], overtaken: [], fresh: [], doubtful: [] } as Record<
    keyof ReconcilePlan,
    AcceptedVote[]
  >;
  for (;;) {
    const rows = await sql.query(`FETCH ${pageRows} FROM sla_missing`);
    const held = rows.flatMap((row) =>
      typeof row.was === 'string' ? [[textOf(row, 'voter'), row.was] as const] : [],
    );
    const accepted = rows.map((row) => ({
      voter: textOf(row, 'voter'),
      vote: textOf(row, 'vote'),
      sequence: Number(textOf(row, 'sequence')),
      atMs: row.at_ms == null ? null : Number(row.at_ms),
    }));
    const plan = planReconcile({ ...facts, accepted, rows: new Map(held) });
    if (!isDryRun && plan.writes.length > 0) await sql.query(writeQuery(plan.writes));
    for (const kind of Object.keys(counts) as (keyof ReconcilePlan)[]) {
      counts[kind] += plan[kind].length;
      first[kind].push(...plan[kind].slice(0, Math.max(0, limitOf(kind) - first[kind].length)));
    }
    if (rows.length < pageRows) return { counts, first: first as unknown as ReconcilePlan };
  }
}

/** Of those that an older vote overtakes all: no more than wait in the queue. */
const limitOf = (kind: keyof ReconcilePlan): number => (kind === 'overtaken' ? Number.POSITIVE_INFINITY : 20);

/** Whether somebody else changed one of the rows, so that nothing was written. */
export const isConflict = (thrown: unknown): boolean =>
  thrown instanceof Error && 'code' in thrown && ['40001', '40P01', '55P03'].includes(String(thrown.code));

const writeQuery = (writes: readonly AcceptedVote[]): string =>
  `INSERT INTO public.votes (id, vote)
   SELECT voter, vote FROM json_to_recordset(${literal(JSON.stringify(writes))}) AS missing (voter text, vote text)
   ON CONFLICT (id) DO UPDATE SET vote = EXCLUDED.vote`;
