import type { SqlRow } from '../core/fingerprint/adapters/sql.ts';

/** Which transactions are in a snapshot, as PostgreSQL writes it: `xmin:xmax:running`. */
export type Moment = string;

export const momentQuery = 'SELECT pg_current_snapshot()::text AS moment';

export const momentOf = (rows: readonly SqlRow[]): Moment => String(rows[0]?.moment);

/**
 * Sessions that may be committing: the commit of one is in the WAL before others see it, while it waits for the
 * disk or for whoever receives the stream. One that idles in its transaction is not committing.
 */
export const committingQuery = `SELECT format('%s (process %s)', coalesce(nullif(application_name, ''), usename), pid) AS who
  FROM pg_stat_activity WHERE backend_xid IS NOT NULL AND pid <> pg_backend_pid()
    AND state NOT IN ('idle in transaction', 'idle in transaction (aborted)')`;

/** Whether two snapshots, and the WAL between them, hold the same commits. */
export const isUntouched = (before: Moment, after: Moment, committing: readonly string[]): boolean =>
  before === after && committing.length === 0;
