import { QueueModel } from './fates.ts';
import { readJournal } from './journal.ts';
import type { AcceptedVote } from './planReconcile.ts';
import type { Accepted, Gap } from './types.ts';
import { voteIn } from './votes.ts';

/** From where on votes are wanted: a cut's own sequence, or an instant of the replica's clock. */
export type Since =
  | { readonly kind: 'begin' }
  | { readonly kind: 'sequence'; readonly sequence: number }
  | { readonly kind: 'instant'; readonly atMs: number };

/** The votes of a journal since some point. What it knows beside them is whole once they were read. */
export interface History {
  votes(): AsyncGenerator<AcceptedVote>;
  /** Those that votes of the range may be missing in; where the journal begins, when that is behind `since`. */
  readonly gaps: readonly Gap[];
  /** Votes up to this sequence have a gap behind them. */
  readonly gapAfter: number;
  readonly queue: QueueModel;
  /** Accepted votes so far, and entries of the range that are no votes. */
  readonly sequence: number;
  readonly rejected: number;
}

/** `alsoWaiting`: votes that were accepted before, but still waited in the queue then, are given too. */
export function openHistory(
  folder: string,
  since: Since,
  { alsoWaiting = false }: { readonly alsoWaiting?: boolean } = {},
): History {
  const gaps: Gap[] = [];
  const queue = new QueueModel();
  let [gapAfter, sequence, rejected] = [0, 0, 0];
  return {
    gaps,
    queue,
    get gapAfter() {
      return gapAfter;
    },
    get sequence() {
      return sequence;
    },
    get rejected() {
      return rejected;
    },
    async *votes() {
      const waiting = alsoWaiting ? await waitingAt(folder, since) : new Set<number>();
      const isSince = sinceFilter(since);
      for await (const { records } of readJournal(folder)) {
        for (const record of records) {
          queue.take(record);
          if (record.kind === 'gap') {
            gapAfter = record.afterSequence;
            if (isInRange(record, since)) gaps.push(record);
          }
          if (record.kind !== 'accepted') continue;
          sequence = record.sequence;
          if (!isSince(record) && !waiting.has(sequence)) continue;
          const vote = voteIn(record.entry);
          if (vote) yield { ...vote, sequence, atMs: record.atMs };
          else rejected += 1;
        }
      }
    },
  };
}

/** A vote whose time is not known belongs where it stands: behind those before it. */
function sinceFilter(since: Since): (accepted: Accepted) => boolean {
  let isReached = since.kind === 'begin';
  return ({ sequence, atMs }) => {
    if (since.kind === 'sequence') isReached = sequence > since.sequence;
    if (since.kind === 'instant' && !isReached) isReached = atMs !== null && atMs >= since.atMs;
    return isReached;
  };
}

export function isInRange({ fromMs, toMs, afterSequence }: Gap, since: Since): boolean {
  // Before the journal there was nothing to ask it for, unless an earlier point is asked for.
  if (since.kind === 'begin') return fromMs !== null || afterSequence > 0;
  if (since.kind === 'sequence')
    return afterSequence >= since.sequence && (fromMs !== null || afterSequence > 0);
  return toMs === null || toMs >= since.atMs;
}

async function waitingAt(folder: string, since: Since): Promise<ReadonlySet<number>> {
  const queue = new QueueModel();
  const isSince = sinceFilter(since);
  for await (const { records } of readJournal(folder)) {
    for (const record of records) {
      if (record.kind === 'accepted' && isSince(record)) return new Set(queue.waiting());
      queue.take(record);
    }
  }
  return new Set(queue.waiting());
}
