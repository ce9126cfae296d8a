import { setTimeout as sleep } from 'node:timers/promises';
import {
  isConflict,
  loadAccepted,
  openReconciliation,
  type Reconciled,
  reconcile,
} from '../../backup/journal/adapters/reconcile.ts';
import type { Fate } from '../../backup/journal/fates.ts';
import { type History, openHistory, type Since } from '../../backup/journal/history.ts';
import { withEmptyHand } from '../../backup/journal/hold.ts';
import { lastWaiting, type Write } from '../../backup/journal/planReconcile.ts';
import { queueKey } from '../../backup/journal/types.ts';
import type { Vote } from '../../backup/journal/votes.ts';
import { SlaError } from '../../core/errors.ts';
import type { RedisCommands } from '../../core/fingerprint/adapters/redis.ts';
import type { Host } from '../../core/host.ts';
import { openStores } from '../../core/stores.ts';
import type { Context } from '../context.ts';
import { withLocalJournal } from './localJournal.ts';
import { inQueue, secondOn } from './queue.ts';
import { replicaHasAll } from './replica.ts';

/** One look, and what was written after it. */
export interface Round extends Reconciled {
  readonly since: Since;
  /** Accepted votes that were looked at, without those of the suite. */
  readonly accepted: number;
  readonly rejected: number;
  readonly gaps: History['gaps'];
  /** The replica had all that Redis has done. */
  readonly isUpToDate: boolean;
  /** Of the first of `writes`, by sequence. */
  readonly fates: ReadonlyMap<number, Fate>;
}

export interface ReconcileOrder {
  readonly context: Context;
  readonly db: Host;
  readonly docker: Host;
  readonly since: Since;
  readonly isDryRun: boolean;
  /** The table was put back to `since`, and app is held: no row is newer than a vote accepted since. */
  readonly isRestored?: boolean;
}

/**
 * Finds votes that were accepted and are not in PostgreSQL, and writes them in one transaction. Somebody who votes
 * meanwhile makes it begin anew. Errors: `votes-held`, `port-closed`, `journal-source`, `journal-damaged`.
 */
export async function reconcileOnce(order: ReconcileOrder): Promise<Round> {
  for (let left = 5; ; left -= 1) {
    try {
      return await attempt(order);
    } catch (thrown) {
      if (!isConflict(thrown)) throw thrown;
      if (left <= 1) throw busy(thrown);
      order.context.narrate('somebody voted meanwhile: looking again');
    }
  }
}

async function attempt(order: ReconcileOrder): Promise<Round> {
  await using stores = await openStores(order.db);
  const { sql } = stores;
  // In this order: what waits, then what is counted, then what was accepted. A vote that moves on meanwhile is seen
  // at least once, and none that is counted is missing from the journal.
  const waiting = lastWaiting(await inQueue(stores.redis));
  const freshFromMs = await secondOn(order.docker);
  await openReconciliation(sql);
  // A replica that is filled anew after a restore has nothing to tell of before.
  const isUpToDate = order.isRestored === true || (await replicaHasAll(stores.redis, order.docker));
  return await withLocalJournal(order.context, order.docker, async (journal) => {
    const history = openHistory(journal, order.since);
    const accepted = await loadAccepted(sql, history.votes());
    const gapAfter = isUpToDate ? history.gapAfter : history.sequence;
    const terms = order.isRestored
      ? { gapAfter: 0, freshFromMs: Number.POSITIVE_INFINITY }
      : { gapAfter, freshFromMs };
    const done = await reconcile(sql, { ...terms, waiting, isDryRun: order.isDryRun });
    if (order.isDryRun || done.counts.writes === 0) await sql.query('ROLLBACK');
    else await withEmptyHand(stores.redis, async () => void (await sql.query('COMMIT')));
    if (order.isRestored && !order.isDryRun) await queueBehind(stores.redis, done.first.overtaken);
    const { since } = order;
    const { gaps, rejected } = history;
    return {
      ...done,
      since,
      accepted,
      rejected,
      gaps,
      isUpToDate,
      fates: fatesOf(history, done.first.writes),
    };
  });
}

/** Where an older vote waits, the newer one goes behind it; nobody else writes to the queue meanwhile. */
async function queueBehind(redis: RedisCommands, votes: readonly Vote[]): Promise<void> {
  for (const { voter, vote } of votes)
    await redis.send('RPUSH', queueKey, JSON.stringify({ voter_id: voter, vote }));
}

const fatesOf = ({ queue }: History, writes: readonly Write[]): ReadonlyMap<number, Fate> =>
  new Map(writes.map(({ sequence }) => [sequence, queue.fateOf(sequence)]));

/** Once more when votes were on their way: they have arrived by then, or are lost. */
export async function settled(look: () => Promise<Round>): Promise<readonly Round[]> {
  const rounds = [await look()];
  while (rounds.length < 3 && (rounds.at(-1)?.counts.fresh ?? 0) > 0) {
    await sleep(2500);
    rounds.push(await look());
  }
  return rounds;
}

const busy = (cause: unknown): SlaError =>
  new SlaError('votes-held', 'the same voters vote again and again while their votes are compared', {
    cause,
    remedy: 'run "./sla votes reconcile" again; nothing was written',
  });
