import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runLocal } from '../../local.ts';
import { openSnapshot } from '../adapters/postgres.ts';
import type { Sql } from '../adapters/sql.ts';
import { type Difference, describeDifference } from '../certificate.ts';
import { compareFacts } from '../compare.ts';
import { compareTables } from '../compareTables.ts';
import { defaultExclusions } from '../exclusions.ts';
import { narrowRows } from '../narrow.ts';
import type { PostgresState } from '../types.ts';
import { changes, givenObjects } from './postgresChanges.ts';
import { connectPostgres, postgresPrograms, startPostgres, type ThrowAway } from './servers.ts';

/** `SLA_TEST_POSTGRES_PORT`: a throw-away server that runs, instead of one of our own. Its databases change. */
const givenPort = process.env.SLA_TEST_POSTGRES_PORT;

describe.skipIf(!givenPort && !postgresPrograms())('a fingerprint of a PostgreSQL that runs', () => {
  let server: ThrowAway | undefined;
  let port = 0;
  let databases = 0;

  beforeAll(async () => {
    server = givenPort ? undefined : await startPostgres();
    port = server?.port ?? Number(givenPort);
  }, 60_000);
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]();
  }, 60_000);

  /** Each test has a database of its own, with one of every kind of object. */
  async function fresh(): Promise<Sql & AsyncDisposable> {
    databases += 1;
    const name = `fingerprint_${process.pid}_${databases}`;
    await using admin = await connectPostgres(port);
    await admin.query(`CREATE DATABASE ${name}`);
    const sql = await connectPostgres(port, name);
    for (const statement of givenObjects) await sql.query(statement);
    return sql;
  }

  /** The differences that `statements` make, in words. */
  async function differencesOf(sql: Sql, ...statements: readonly string[]): Promise<readonly string[]> {
    const before = await stateOf(sql);
    for (const statement of statements) await sql.query(statement);
    return differencesBetween(before, await stateOf(sql)).map(describeDifference);
  }

  test.for(changes)('$does', async ({ statements, named }) => {
    await using sql = await fresh();
    expect(await differencesOf(sql, ...statements)).toEqual(named);
  });

  test('rows written in another order, and after a vacuum, have the same fingerprint', async () => {
    await using sql = await fresh();
    expect(
      await differencesOf(
        sql,
        `CREATE TEMP TABLE kept AS SELECT * FROM votes ORDER BY id DESC`,
        `DELETE FROM votes`,
        `INSERT INTO votes SELECT * FROM kept`,
        `VACUUM FULL votes`,
        `ANALYZE`,
      ),
    ).toEqual([]);
  });

  test.skipIf(givenPort)('a database restored from a dump is identical', async () => {
    const sql = await fresh();
    const name = (await sql.query('SELECT current_database()::text AS name'))[0]?.name ?? '';
    const before = await stateOf(sql);
    await sql[Symbol.asyncDispose]();
    await using folder = await mkdtempDisposable(join(tmpdir(), 'sla-dump-'));
    const at = [
      '--host',
      '127.0.0.1',
      '--port',
      `${port}`,
      '--username',
      'postgres',
      '--file',
      join(folder.path, 'dump.sql'),
    ];
    await runProgram('pg_dump', ...at, name);
    await using admin = await connectPostgres(port);
    await admin.query(`DROP DATABASE ${name}`);
    await admin.query(`CREATE DATABASE ${name} TEMPLATE template0`);
    await runProgram('psql', '--no-psqlrc', '--quiet', '--set', 'ON_ERROR_STOP=1', ...at, name);
    await using restored = await connectPostgres(port, name);
    expect(differencesBetween(before, await stateOf(restored)).map(describeDifference)).toEqual([]);
  });

  test('the votes of probes are not seen', async () => {
    await using sql = await fresh();
    expect(await differencesOf(sql, `INSERT INTO votes VALUES ('sla-probe-1', 'a')`)).toEqual([]);
  });

  test('settings of the session that reads do not matter', async () => {
    await using sql = await fresh();
    expect(
      await differencesOf(
        sql,
        `SET datestyle = 'German'`,
        `SET timezone = 'Asia/Tokyo'`,
        `SET extra_float_digits = -5`,
        `SET bytea_output = 'escape'`,
        `SET search_path = 'odd schema'`,
      ),
    ).toEqual([]);
  });

  test('a change that commits during the snapshot is in neither its sums nor its rows', async () => {
    await using sql = await fresh();
    const [row] = await sql.query('SELECT current_database()::text AS name');
    await using other = await connectPostgres(port, row?.name ?? '');
    const before = await stateOf(sql);
    await using snapshot = await openSnapshot(sql, { exclusions: defaultExclusions });
    const state = await snapshot.state();
    await other.query(`UPDATE votes SET vote = 'z'`);
    expect(differencesBetween(before, state)).toEqual([]);
    expect(differencesBetween(before, await snapshot.state())).toEqual([]);
  });

  test('the rows of differing buckets are named by key, also when the key has two columns or none', async () => {
    await using sql = await fresh();
    const [row] = await sql.query('SELECT current_database()::text AS name');
    await using other = await connectPostgres(port, row?.name ?? '');
    await using before = await openSnapshot(sql, { exclusions: defaultExclusions });
    const was = await before.state();
    for (const statement of [
      `UPDATE votes SET vote = 'z' WHERE id = 'voter 7'`,
      `DELETE FROM votes WHERE id = 'voter 8'`,
      `INSERT INTO votes VALUES ('neu ü😀', 'a')`,
      `UPDATE "odd schema"."Odd ""table""" SET "t" = NULL WHERE "Key, 1" = 2`,
      `INSERT INTO notes VALUES ('twice')`,
    ]) {
      await other.query(statement);
    }
    await using after = await openSnapshot(other, { exclusions: defaultExclusions });
    const named: unknown[] = [];
    for (const difference of differencesBetween(was, await after.state())) {
      if (difference.kind === 'rows') named.push(await narrowRows(difference, before, after));
    }
    const whole = { kind: 'named', isComplete: true, onlyBefore: [], onlyAfter: [], changed: [] };
    expect(named).toEqual([
      { ...whole, table: '"odd schema"."Odd ""table"""', changed: ['(b,2)'] },
      { ...whole, table: 'public.notes', onlyAfter: ['(twice)'] },
      {
        ...whole,
        table: 'public.votes',
        onlyBefore: ['voter 8'],
        onlyAfter: ['neu ü😀'],
        changed: ['voter 7'],
      },
    ]);
  });

  test('a password is not in the fingerprint', async () => {
    await using sql = await fresh();
    await sql.query(`ALTER ROLE sla_reader PASSWORD 'hunter22'`);
    const [verifier] = await sql.query(`SELECT rolpassword FROM pg_authid WHERE rolname = 'sla_reader'`);
    const text = JSON.stringify(await stateOf(sql));
    expect(text).not.toContain('hunter22');
    expect(text).not.toContain(verifier?.rolpassword ?? 'no verifier');
  });
});

async function runProgram(name: string, ...words: readonly string[]): Promise<void> {
  const { exitCode, stderr } = await runLocal([join(postgresPrograms() ?? '', name), ...words]);
  if (exitCode !== 0) throw new Error(stderr);
}

async function stateOf(sql: Sql): Promise<PostgresState> {
  await using snapshot = await openSnapshot(sql, { exclusions: defaultExclusions });
  return await snapshot.state();
}

const differencesBetween = (before: PostgresState, after: PostgresState): readonly Difference[] => [
  ...compareFacts(before.facts, after.facts),
  ...compareTables(before.tables, after.tables).differences,
];
