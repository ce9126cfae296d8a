/** A file of the journal: all that was read on one day, UTC. */
export interface Segment {
  readonly name: string;
  /** `2026-11-21`. */
  readonly day: string;
  /** Accepted votes before its first line. */
  readonly afterSequence: number;
}

/** Names sort as segments follow each other. */
export const segmentName = (day: string, afterSequence: number): string =>
  `${String(afterSequence).padStart(12, '0')}.${day}${ending}`;

const ending = '.votes';

/** The segments among the names of a folder, in their order. */
export const segmentsAmong = (names: readonly string[]): readonly Segment[] =>
  [...names].sort().flatMap((name) => {
    const [, sequence, day] = /^(\d{12})\.(\d{4}-\d{2}-\d{2})\.votes$/.exec(name) ?? [];
    return sequence === undefined || day === undefined
      ? []
      : [{ name, day, afterSequence: Number(sequence) }];
  });

export const dayOf = (atMs: number): string => new Date(atMs).toISOString().slice(0, 10);

/** The segments that may hold votes after `sequence`: the newest that begins at or before it, and all after that. */
export function segmentsAfter(segments: readonly Segment[], sequence: number): readonly Segment[] {
  const from = segments.findLastIndex(({ afterSequence }) => afterSequence <= sequence);
  return segments.slice(Math.max(0, from));
}

/**
 * The segments that nothing needs: all their votes are older than the oldest cut, of which `oldestSequence` is the
 * journal's sequence, and their day is more than `keepDays` ago. The newest segment is never one of them, nor any
 * while there is no cut.
 */
export function planPrune(
  segments: readonly Segment[],
  { oldestSequence, keepDays, nowMs }: PruneTerms,
): readonly Segment[] {
  if (oldestSequence === undefined) return [];
  const oldestDay = dayOf(nowMs - keepDays * 86_400_000);
  const isOver = ({ day }: Segment, at: number): boolean => {
    const next = segments[at + 1];
    return next !== undefined && next.afterSequence <= oldestSequence && day < oldestDay;
  };
  const kept = segments.findIndex((segment, at) => !isOver(segment, at));
  return segments.slice(0, Math.max(0, kept));
}

export interface PruneTerms {
  /** `journalSequence` of the oldest cut that is kept; undefined: there is none. */
  readonly oldestSequence: number | undefined;
  readonly keepDays: number;
  readonly nowMs: number;
}
