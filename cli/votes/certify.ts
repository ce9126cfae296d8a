import { countUnknown, expectedRows, votersFrom } from '../../backup/journal/adapters/expectedRows.ts';
import { loadAccepted, openReconciliation } from '../../backup/journal/adapters/reconcile.ts';
import { openHistory, type Since } from '../../backup/journal/history.ts';
import { processingKey, queueKey } from '../../backup/journal/types.ts';
import { isOwnVoter, voteIn } from '../../backup/journal/votes.ts';
import { certifyExpected, type ExpectedCertificate } from '../../core/fingerprint/expected.ts';
import type { Kept } from '../../core/fingerprint/keep.ts';
import type { Host } from '../../core/host.ts';
import { openStores } from '../../core/stores.ts';
import { type Context, withHost } from '../context.ts';
import { withLive } from '../fingerprints.ts';
import { gapLines } from './gaps.ts';
import { withLocalJournal } from './localJournal.ts';
import { inQueue, secondOn } from './queue.ts';
import { replicaHasAll } from './replica.ts';
import { justBefore } from './since.ts';

/** Compares the running stores with `before` and the votes accepted since. Errors: `journal-source`, `port-closed`. */
export const certifyWithVotes = (context: Context, before: Kept): Promise<ExpectedCertificate> =>
  withHost(context, 'db', (db) =>
    withHost(context, 'docker', (docker) => certify(context, before, { db, docker })),
  );

async function certify(
  context: Context,
  before: Kept,
  { db, docker }: { readonly db: Host; readonly docker: Host },
): Promise<ExpectedCertificate> {
  await using stores = await openStores(db);
  const { sql, redis } = stores;
  // As for a reconciliation: what is on its way first, then what is counted, then what was accepted.
  const waiting = (await inQueue(redis))
    .flatMap((entry) => voteIn(entry) ?? [])
    .filter((vote) => !isOwnVoter(vote.voter));
  const freshFromMs = await secondOn(docker);
  return await withLive(context, async (after) => {
    const isUpToDate = await replicaHasAll(redis, docker);
    return await withLocalJournal(context, docker, async (journal) => {
      const history = openHistory(journal, sinceOf(before), { alsoWaiting: true });
      await openReconciliation(sql);
      await loadAccepted(sql, history.votes());
      const { bucketing } =
        before.fingerprint.postgres.tables.find(({ name }) => name === 'public.votes') ?? noTable;
      const rows = await expectedRows(sql, bucketing);
      const onTheWay = new Set([
        ...waiting.map(({ voter }) => voter),
        ...(await votersFrom(sql, freshFromMs)),
      ]);
      const queues = (await countUnknown(sql, waiting)) === 0 ? [queueKey, processingKey] : [];
      const named = await certifyExpected(before, after, { rows, buckets: rows.buckets, onTheWay, queues });
      const notes = [
        ...gapLines(history.gaps),
        ...(isUpToDate ? [] : ['the replica on docker lags behind Redis']),
      ];
      return {
        ...named,
        certificate: { ...named.certificate, notes: [...named.certificate.notes, ...notes] },
      };
    });
  });
}

const noTable = { bucketing: { key: ['id'], count: 1024 } };

/** From a little before: what was counted already is in `before` as it should be now, and does no harm. */
const sinceOf = ({ fingerprint: { postgres, redis } }: Kept): Since =>
  justBefore(Math.min(postgres.taken.atMs, redis.taken.atMs));
