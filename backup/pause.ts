import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../core/errors.ts';
import { openSnapshot, type PostgresSnapshot } from '../core/fingerprint/adapters/postgres.ts';
import { type RedisCommands, readRedis } from '../core/fingerprint/adapters/redis.ts';
import type { Sql } from '../core/fingerprint/adapters/sql.ts';
import { defaultExclusions } from '../core/fingerprint/exclusions.ts';
import type { RedisState } from '../core/fingerprint/types.ts';
import { committingQuery, isUntouched, type Moment, momentOf, momentQuery } from './moment.ts';
import { busyNow, maxPauseMs } from './quiet.ts';

/** Sessions with what a cut is made of. `snapshot` stays in its transaction until the cut is done. */
export interface CutSessions {
  readonly snapshot: Sql;
  readonly sql: Sql;
  readonly redis: RedisCommands;
  /** Of docker. */
  readonly replica: RedisCommands;
}

/** What was held at the instant of a cut. */
export interface Held {
  readonly postgres: PostgresSnapshot;
  readonly redis: RedisState;
  readonly restorePoint: string;
  readonly lsn: string;
  readonly timeline: number;
  /** UTC milliseconds by the clock of db. */
  readonly atMs: number;
  readonly replicationId: string;
  /** Positions between which the replica took its snapshot; only the link's own pings lie between them. */
  readonly replicationOffset: number;
  readonly replicationOffsetAfter: number;
  readonly pausedMs: number;
}

/** Why a try came to nothing; the next one may do better. */
export class NotQuiet extends Error {}

const quietWithinMs = 180;

/**
 * Holds all writes of Redis, sees that nothing is on its way between the stores, and takes hold of both. The pause
 * ends by itself. Throws `NotQuiet`, with the pause taken back and the snapshot closed, when it did not come to
 * one instant.
 */
export async function holdInstant(sessions: CutSessions, restorePoint: string): Promise<Held> {
  const { redis } = sessions;
  const begunAt = performance.now();
  const elapsed = () => performance.now() - begunAt;
  await redis.send('CLIENT', 'PAUSE', String(maxPauseMs), 'WRITE');
  const open = new AsyncDisposableStack();
  try {
    await untilQuiet(redis, elapsed);
    const [postgres, both] = await bothOf(holdPostgres(sessions, restorePoint, open), holdRedis(sessions));
    // What was read after the pause had ended need not be of its instant.
    if (elapsed() >= maxPauseMs)
      throw new NotQuiet(`reading both stores took more than the ${maxPauseMs} ms of the pause`);
    await redis.send('CLIENT', 'UNPAUSE');
    open.move();
    return { ...postgres, ...both, restorePoint, pausedMs: Math.ceil(elapsed()) };
  } catch (thrown) {
    await redis.send('CLIENT', 'UNPAUSE').catch(() => undefined);
    await open.disposeAsync();
    throw thrown;
  }
}

/** As Promise.all, but when it throws nothing is under way any more. */
async function bothOf<One, Other>(one: Promise<One>, other: Promise<Other>): Promise<[One, Other]> {
  await Promise.allSettled([one, other]);
  return [await one, await other];
}

async function untilQuiet(redis: RedisCommands, elapsed: () => number): Promise<void> {
  for (;;) {
    const [first] = await busyNow(redis);
    if (!first) return;
    if (elapsed() > quietWithinMs)
      throw new NotQuiet(
        `the worker at ${first.address} did not come back for the next vote within ${quietWithinMs} ms (last: ${first.command})`,
      );
    await sleep(5);
  }
}

/** The snapshot and the restore point are one instant when nothing was committed, or was about to be, between them. */
async function holdPostgres(
  { snapshot: session, sql }: CutSessions,
  restorePoint: string,
  open: AsyncDisposableStack,
) {
  const postgres = open.use(await openSnapshot(session, { exclusions: defaultExclusions }));
  const before = momentOf(await session.query(momentQuery));
  const [point] = await sql.query(
    `SELECT pg_create_restore_point('${restorePoint}')::text AS lsn,
      round(extract(epoch FROM clock_timestamp()) * 1000)::text AS at_ms,
      pg_walfile_name(pg_current_wal_insert_lsn()) AS file`,
  );
  const after: Moment = momentOf(await sql.query(momentQuery));
  const committing = (await sql.query(committingQuery)).map(({ who }) => String(who));
  if (!isUntouched(before, after, committing))
    throw new NotQuiet(
      committing.length > 0
        ? `somebody writes to PostgreSQL: ${committing.join(', ')}`
        : 'something was committed to PostgreSQL meanwhile',
    );
  return {
    postgres,
    lsn: String(point?.lsn),
    atMs: Number(point?.at_ms),
    timeline: Number.parseInt(String(point?.file).slice(0, 8), 16),
  };
}

async function holdRedis({ redis, replica }: CutSessions) {
  const { id, offset } = await positionOf(redis);
  await untilAt(replica, id, offset);
  const answer = await replica.send('BGSAVE').catch((thrown: unknown) => {
    throw new NotQuiet(`the replica of Redis on docker cannot be saved: ${messageOf(thrown)}`);
  });
  if (!/started/i.test(String(answer))) throw new NotQuiet(`the replica of Redis on docker says: ${answer}`);
  const state = await readRedis(redis, { exclusions: defaultExclusions });
  const after = await positionOf(redis);
  return { redis: state, replicationId: id, replicationOffset: offset, replicationOffsetAfter: after.offset };
}

async function positionOf(redis: RedisCommands): Promise<{ readonly id: string; readonly offset: number }> {
  const info = String(await redis.send('INFO', 'replication'));
  const id = /^master_replid:(\w+)/m.exec(info)?.[1] ?? '';
  return { id, offset: Number(/^master_repl_offset:(\d+)/m.exec(info)?.[1]) };
}

const replicaWithinMs = 80;

async function untilAt(replica: RedisCommands, id: string, offset: number): Promise<void> {
  const deadline = performance.now() + replicaWithinMs;
  for (;;) {
    const at = await positionOf(replica);
    if (at.id === id && at.offset >= offset) return;
    if (performance.now() > deadline)
      throw new NotQuiet(
        at.id === id
          ? `the replica of Redis on docker is ${offset - at.offset} bytes behind`
          : 'the replica of Redis on docker does not follow db',
      );
    await sleep(3);
  }
}
