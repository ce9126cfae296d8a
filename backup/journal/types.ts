/**
 * What the journal of votes holds, line by line. A sequence counts accepted votes from 1, without a gap and without
 * a repetition; instants are UTC milliseconds of the replica's clock, whole seconds, null where none is known.
 */
export type JournalRecord = Accepted | Popped | Wiped | Unclear | Gap | Read;

/** An entry came into the queue, whatever became of it. */
export interface Accepted {
  readonly kind: 'accepted';
  readonly sequence: number;
  readonly atMs: number | null;
  /** As the worker would read it: the text between the quotes of Redis. */
  readonly entry: string;
  /** Where its command begins, in the file that the next `read` names. */
  readonly offset: number;
  /** It was put before all others. */
  readonly isFirst?: true;
  /** Found waiting after a gap: when it was accepted is not known. */
  readonly isFound?: true;
}

/** Entries left the queue one by one, to whoever took them. */
export interface Popped {
  readonly kind: 'popped';
  readonly atMs: number | null;
  readonly from: 'head' | 'tail';
  readonly count: number;
}

/** All that waited is gone: `how` is the command. */
export interface Wiped {
  readonly kind: 'wiped';
  readonly atMs: number | null;
  readonly how: string;
}

/** Somebody changed the queue in the middle; nothing new was accepted by it. */
export interface Unclear {
  readonly kind: 'unclear';
  readonly atMs: number | null;
  readonly how: string;
}

/** Votes may have been accepted and taken that nobody saw. */
export interface Gap {
  readonly kind: 'gap';
  /** The last instant before, and the first after; null: not known, or since ever. */
  readonly fromMs: number | null;
  readonly toMs: number | null;
  /** Accepted votes before it. */
  readonly afterSequence: number;
  readonly reason: string;
  /** First and last sequence of what still waited behind it; null: nothing that is known. */
  readonly waiting: readonly [number, number] | null;
}

/** Ends a batch: all lines since the one before are true, and all of the source up to here is in the journal. */
export interface Read extends Position {
  readonly kind: 'read';
  /** CRC-32 of all lines of the batch before this one. */
  readonly crc: number;
}

/** Where reading goes on. */
export interface Position {
  /** Name of a link in the folder `source` of the journal; empty before the first. */
  readonly source: string;
  /** Bytes of it that were read; between two commands, and never within a transaction. */
  readonly offset: number;
  /** The database that is selected there. */
  readonly database: number;
  /** Of the last time stamp. */
  readonly atMs: number | null;
  /** Accepted votes so far. */
  readonly sequence: number;
}

export const start: Position = { source: '', offset: 0, database: 0, atMs: null, sequence: 0 };

/** The list that votes wait in, and the one that the improved worker keeps them in meanwhile. */
export const queueKey = 'votes';
export const processingKey = 'votes:processing';
