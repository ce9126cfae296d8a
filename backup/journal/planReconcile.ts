import { type Vote, voteIn } from './votes.ts';

export interface AcceptedVote extends Vote {
  readonly sequence: number;
  /** UTC milliseconds by the replica's clock; null: not known. */
  readonly atMs: number | null;
}

export interface ReconcileFacts {
  /** In their order; at least the last one of each voter. */
  readonly accepted: Iterable<AcceptedVote>;
  /** What PostgreSQL holds of these voters: the vote by the voter. */
  readonly rows: ReadonlyMap<string, string>;
  /** Voters with a vote that was in Redis just before the rows were read, see `lastWaiting`. */
  readonly waiting: ReadonlyMap<string, string>;
  /** Votes up to this sequence have a gap of the journal behind them; 0: none has. */
  readonly gapAfter: number;
  /** Votes accepted from this instant on may be on their way. */
  readonly freshFromMs: number;
}

/** What to do about voters whose last accepted vote is not what PostgreSQL holds. */
export interface ReconcilePlan {
  readonly writes: readonly Write[];
  /** A vote of theirs is in the queue: the worker writes it. */
  readonly waiting: readonly AcceptedVote[];
  /** The one in the queue is an older one: it will stand, until this is done again. */
  readonly overtaken: readonly AcceptedVote[];
  /** Accepted just now: it may be in the hand of the worker. */
  readonly fresh: readonly AcceptedVote[];
  /** PostgreSQL holds another vote, which may be a newer one that came within a gap. */
  readonly doubtful: readonly AcceptedVote[];
}

export interface Write extends AcceptedVote {
  /** What PostgreSQL holds now; null: nothing. */
  readonly was: string | null;
}

/**
 * The last accepted vote of a voter wins. Nothing is written that could take the place of a newer vote: neither while
 * one may be on its way, nor over a row that may have come from a vote which the journal has not seen.
 */
export function planReconcile({
  accepted,
  rows,
  waiting,
  gapAfter,
  freshFromMs,
}: ReconcileFacts): ReconcilePlan {
  const plan = {
    writes: [] as Write[],
    waiting: [] as AcceptedVote[],
    overtaken: [] as AcceptedVote[],
    fresh: [] as AcceptedVote[],
    doubtful: [] as AcceptedVote[],
  };
  for (const last of lastOfEach(accepted)) {
    const was = rows.get(last.voter) ?? null;
    if (was === last.vote) continue;
    const queued = waiting.get(last.voter);
    if (queued !== undefined) plan[queued === last.vote ? 'waiting' : 'overtaken'].push(last);
    else if (last.atMs !== null && last.atMs >= freshFromMs) plan.fresh.push(last);
    else if (was !== null && last.sequence <= gapAfter) plan.doubtful.push(last);
    else plan.writes.push({ ...last, was });
  }
  return plan;
}

function lastOfEach(accepted: Iterable<AcceptedVote>): Iterable<AcceptedVote> {
  const last = new Map<string, AcceptedVote>();
  for (const one of accepted) last.set(one.voter, one);
  return last.values();
}

/** The last vote of each voter among entries in the order in which the worker takes them. */
export function lastWaiting(entries: readonly string[]): ReadonlyMap<string, string> {
  const votes = entries.flatMap((entry) => voteIn(entry) ?? []);
  return new Map(votes.map(({ voter, vote }) => [voter, vote]));
}
