import type { Exclusions } from '../exclusions.ts';
import { isListed } from '../exclusions.ts';
import type { RowDigest, RowRequest, RowSource } from '../rows.ts';
import { sumOf } from '../sums.ts';
import type { Bucket, Column, Fact, FactKind, PostgresState, TableState } from '../types.ts';
import { accessFacts, settingFacts } from './clusterFacts.ts';
import { bucketQuery, rowsQuery, tablesQuery } from './postgresRows.ts';
import { schemaFacts, sequenceNames, sequenceValues } from './schemaFacts.ts';
import { literal, type Sql, type SqlRow, textOf } from './sql.ts';

/** One snapshot of one database: the fingerprint and the rows read from it belong together. */
export interface PostgresSnapshot extends RowSource, AsyncDisposable {
  state(): Promise<PostgresState>;
}

export interface SnapshotOptions {
  readonly exclusions: Exclusions;
  readonly bucketCount?: number;
}

/**
 * Begins a REPEATABLE READ READ ONLY transaction on `sql`, which belongs to the snapshot until it is disposed of
 * (the transaction then ends; close the session yourself). Needs a superuser; PostgreSQL 15 or later.
 *
 * Rows, catalogue rows and roles are those of one snapshot. Not in it, because PostgreSQL keeps no versions of
 * them: the values of sequences, the settings and login rules (read from their files as they are now), and
 * the text of definitions (the server's own functions look at the newest catalogue: do not change the schema
 * meanwhile). Row hashes agree between servers of the same encoding and byte order.
 */
export async function openSnapshot(
  sql: Sql,
  { exclusions, bucketCount = 1024 }: SnapshotOptions,
): Promise<PostgresSnapshot> {
  await sql.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  await sql.query(sessionQuery);
  return {
    state: () => readState(sql, exclusions, bucketCount),
    rows: (request) => readRows(sql, exclusions, request),
    [Symbol.asyncDispose]: async () => void (await sql.query('ROLLBACK')),
  };
}

/** Whatever changes how a value is written as text, or which rows are seen, is set for this transaction. */
const sessionSettings = {
  search_path: 'pg_catalog',
  standard_conforming_strings: 'on',
  quote_all_identifiers: 'off',
  row_security: 'off',
  timezone: 'UTC',
  datestyle: 'ISO, YMD',
  intervalstyle: 'postgres',
  extra_float_digits: '1',
  bytea_output: 'hex',
  lc_monetary: 'C',
  jit: 'off',
};

const sessionQuery = `SELECT ${Object.entries(sessionSettings)
  .map(([name, value]) => `set_config(${literal(name)}, ${literal(value)}, true)`)
  .join(', ')}`;

const instantQuery = `SELECT round(extract(epoch FROM transaction_timestamp()) * 1000)::text AS at_ms,
  (CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END)::text AS lsn,
  pg_current_snapshot()::text AS snapshot, current_database()::text AS database,
  current_setting('server_version') AS version`;

async function readState(sql: Sql, exclusions: Exclusions, bucketCount: number): Promise<PostgresState> {
  const [instant] = await sql.query(instantQuery);
  if (!instant) throw new Error('PostgreSQL gave no instant');
  const facts = [
    ...(await readFacts(sql, [...schemaFacts, ...accessFacts])),
    ...(await readSequences(sql)),
    ...(await readFacts(sql, settingFacts)).filter(
      ({ kind, name }) => kind !== 'setting' || !isListed(name, exclusions.settings),
    ),
  ];
  return {
    taken: {
      atMs: Number(textOf(instant, 'at_ms')),
      lsn: textOf(instant, 'lsn'),
      snapshot: textOf(instant, 'snapshot'),
      database: textOf(instant, 'database'),
      version: textOf(instant, 'version'),
    },
    facts,
    tables: await readTables(sql, exclusions, bucketCount),
  };
}

/** All in one round trip. */
async function readFacts(
  sql: Sql,
  queries: readonly { readonly kind: FactKind; readonly query: string }[],
): Promise<readonly Fact[]> {
  const parts = queries.map(
    ({ kind, query }) =>
      `SELECT ${literal(kind)} AS kind, name::text, value::text, parent::text
       FROM (${query}) AS facts (name, value, parent)`,
  );
  const rows = await sql.query(`${parts.join('\nUNION ALL\n')}\nORDER BY kind, name`);
  return rows.map((row) => ({
    kind: textOf(row, 'kind') as FactKind,
    name: textOf(row, 'name'),
    value: row.value ?? '',
    ...(typeof row.parent === 'string' && { partOf: row.parent }),
  }));
}

async function readSequences(sql: Sql): Promise<readonly Fact[]> {
  const names = (await sql.query(sequenceNames)).map((row) => textOf(row, 'name'));
  return names.length === 0 ? [] : readFacts(sql, [sequenceValues(names)]);
}

async function readTables(sql: Sql, exclusions: Exclusions, count: number): Promise<readonly TableState[]> {
  const tables: TableState[] = [];
  for (const row of await sql.query(tablesQuery)) {
    const table = {
      name: textOf(row, 'name'),
      columns: JSON.parse(textOf(row, 'columns')) as Column[],
      bucketing: { key: JSON.parse(textOf(row, 'key')) as string[], count },
    };
    const buckets = await sql.query(bucketQuery(table, filterOf(table, exclusions)));
    tables.push({ ...table, buckets: buckets.map(bucketOf) });
  }
  return tables;
}

const bucketOf = (row: SqlRow): Bucket => ({
  bucket: Number(textOf(row, 'bucket')),
  rows: Number(textOf(row, 'rows')),
  sum: sumOf(textOf(row, 'lane1'), textOf(row, 'lane2')),
});

const filterOf = (
  { name, columns }: Pick<TableState, 'name' | 'columns'>,
  { rows }: Exclusions,
): Exclusions['rows'] =>
  rows.filter(({ table, column }) => table === name && columns.some((other) => other.name === column));

const fetchedAtOnce = 5000;

/** Undefined when the table, or a column of the key, is not there. */
function readRows(sql: Sql, exclusions: Exclusions, request: RowRequest): AsyncIterable<RowDigest> {
  return (async function* () {
    const row = (await sql.query(tablesQuery)).find((table) => table.name === request.table);
    if (!row) return;
    const table = { name: request.table, columns: JSON.parse(textOf(row, 'columns')) as Column[] };
    const query = rowsQuery(request, filterOf(table, exclusions));
    await sql.query(`DECLARE fingerprint_rows NO SCROLL CURSOR FOR ${query}`);
    try {
      for (;;) {
        const rows = await sql.query(`FETCH ${fetchedAtOnce} FROM fingerprint_rows`);
        for (const found of rows) yield rowOf(found);
        if (rows.length < fetchedAtOnce) return;
      }
    } finally {
      await sql.query('CLOSE fingerprint_rows');
    }
  })();
}

const rowOf = (row: SqlRow): RowDigest => ({
  bucket: Number(textOf(row, 'bucket')),
  key: row.key ?? '',
  hash: textOf(row, 'hash'),
});
