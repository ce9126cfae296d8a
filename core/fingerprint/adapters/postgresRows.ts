import type { Exclusions } from '../exclusions.ts';
import type { RowRequest } from '../rows.ts';
import type { TableState } from '../types.ts';
import { identifier, literal } from './sql.ts';

/**
 * Every table that holds rows of its own (partitions one by one, materialized views, large objects), its columns
 * in order, and its key: the primary key, else the replica identity, else a unique index that is complete,
 * without expressions, and over columns that are never NULL. All values are text; the lists are JSON.
 */
export const tablesQuery = `
SELECT format('%I.%I', n.nspname, c.relname) AS name,
  (SELECT coalesce(json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod))
     ORDER BY a.attnum), '[]')
   FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)::text AS columns,
  coalesce((SELECT (SELECT json_agg(a.attname ORDER BY k.place)
      FROM unnest(i.indkey) WITH ORDINALITY AS k (attnum, place)
      JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum
      WHERE k.place <= i.indnkeyatts)
    FROM pg_index i
    WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid AND i.indimmediate
      AND i.indpred IS NULL AND i.indexprs IS NULL
      AND NOT EXISTS (SELECT FROM pg_attribute a
        WHERE a.attrelid = c.oid AND a.attnum = ANY (i.indkey) AND NOT a.attnotnull)
    ORDER BY i.indisprimary DESC, i.indisreplident DESC, i.indnkeyatts, i.indexrelid::regclass::text
    LIMIT 1), '[]')::text AS key
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE (c.relkind IN ('r', 'm') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND (c.relkind = 'r' OR c.relispopulated))
  OR c.oid = 'pg_largeobject'::regclass
ORDER BY name`;

/** Rows that an exclusion names are skipped. */
type Skipped = Exclusions['rows'];

/**
 * Row count and sums (sums.ts) per bucket, in one pass; no row leaves the server. Columns: bucket, rows, lane1,
 * lane2, all text.
 *
 * LIMIT ALL limits nothing: it keeps the planner from merging the levels, so that a row is written as text once
 * and not for each lane; and it hides what `bucket` is made of, or the planner would expect a group for each
 * row, and neither hash in memory nor run in parallel. (OFFSET 0, the usual fence, forbids parallel plans.)
 */
export const bucketQuery = (
  { name, bucketing }: Pick<TableState, 'name' | 'bucketing'>,
  skipped: Skipped,
): string => `
SELECT bucket::text, count(*)::text AS rows, sum(lane1)::text AS lane1, sum(lane2)::text AS lane2
FROM (${hashedRows(name, bucketing, skipped)} LIMIT ALL) AS hashed
GROUP BY hashed.bucket ORDER BY hashed.bucket`;

/** The rows of some buckets. Columns: bucket, key, hash, all text; in the order of the buckets. */
export const rowsQuery = ({ table, bucketing, buckets }: RowRequest, skipped: Skipped): string => `
SELECT bucket::text, key, lpad(to_hex(lane1), 16, '0') AS hash
FROM (${hashedRows(table, bucketing, skipped)} LIMIT ALL) AS hashed
${buckets.length === bucketing.count ? '' : `WHERE hashed.bucket = ANY ('{${buckets.join()}}'::bigint[])`}
ORDER BY hashed.bucket`;

const hashedRows = (table: string, { key, count }: TableState['bucketing'], skipped: Skipped): string => `
  SELECT mod(mod(hashtextextended(key COLLATE "C", 0), ${count}) + ${count}, ${count}) AS bucket, key,
    hashtextextended(line COLLATE "C", 1) AS lane1, hashtextextended(line COLLATE "C", 2) AS lane2
  FROM (SELECT ${keyText(key)} AS key, (t.*)::text AS line FROM ONLY ${table} AS t${where(skipped)} LIMIT ALL
  ) AS written`;

function keyText(key: readonly string[]): string {
  const columns = key.map((column) => `t.${identifier(column)}`);
  if (columns.length === 0) return '(t.*)::text';
  return columns.length === 1 ? `${columns[0]}::text` : `ROW(${columns.join(', ')})::text`;
}

function where(skipped: Skipped): string {
  const conditions = skipped.map(
    ({ column, prefix }) => `starts_with(t.${identifier(column)}::text, ${literal(prefix)}) IS NOT TRUE`,
  );
  return conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
}
