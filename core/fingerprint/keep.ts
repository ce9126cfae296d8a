import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { writePrivate } from '../state.ts';
import { openSnapshot } from './adapters/postgres.ts';
import { type RedisCommands, readRedis } from './adapters/redis.ts';
import { openSavedRows, saveRows } from './adapters/savedRows.ts';
import type { Sql } from './adapters/sql.ts';
import { defaultExclusions, type Exclusions } from './exclusions.ts';
import type { RowSource } from './rows.ts';
import type { Fingerprint } from './types.ts';

/** One session with each store. */
export interface StoreSessions {
  readonly sql: Sql;
  readonly redis: RedisCommands;
}

/** A fingerprint with what names rows: saved ones, or the live database it was taken from. */
export interface Kept {
  readonly fingerprint: Fingerprint;
  readonly rows: RowSource;
}

/**
 * Takes the fingerprint of both stores and hands it over while the snapshot is open, so that `rows` are those it
 * was taken from. Each store is one instant; the two are not the same one unless the worker stands still.
 */
export async function withFingerprint<T>(
  { sql, redis }: StoreSessions,
  use: (kept: Kept) => Promise<T>,
  exclusions: Exclusions = defaultExclusions,
): Promise<T> {
  await using snapshot = await openSnapshot(sql, { exclusions });
  const postgres = await snapshot.state();
  const fingerprint: Fingerprint = {
    format: 1,
    exclusions,
    postgres,
    redis: await readRedis(redis, { exclusions }),
  };
  return await use({ fingerprint, rows: snapshot });
}

/** Keeps a fingerprint in a folder that is there whole or not at all. Throws when the folder exists. */
export async function keepFingerprint(folder: string, { fingerprint, rows }: Kept): Promise<void> {
  if (existsSync(folder)) throw new Error(`${folder} exists: a fingerprint is never overwritten`);
  const draft = `${folder}.${process.pid}.new`;
  rmSync(draft, { recursive: true, force: true });
  await saveRows(join(draft, 'rows'), rows, fingerprint.postgres.tables);
  writePrivate(join(draft, 'fingerprint.json'), `${JSON.stringify(fingerprint)}\n`);
  renameSync(draft, folder);
}

/** What `keepFingerprint` wrote; undefined when there is none. */
export async function openKept(folder: string): Promise<Kept | undefined> {
  const file = join(folder, 'fingerprint.json');
  if (!existsSync(file)) return undefined;
  return {
    fingerprint: JSON.parse(readFileSync(file, 'utf8')),
    rows: await openSavedRows(join(folder, 'rows')),
  };
}
