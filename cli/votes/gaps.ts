import type { Gap } from '../../backup/journal/types.ts';

/** Lines for a person: when votes may have been accepted that nobody knows of. */
export const gapLines = (gaps: readonly Gap[]): readonly string[] =>
  gaps.map(({ fromMs, toMs, reason }) => `  ! gap from ${timeOf(fromMs)} to ${timeOf(toMs)}: ${reason}`);

export const gapsAsJson = (gaps: readonly Gap[]) => ({
  isComplete: gaps.length === 0,
  gaps: gaps.map(({ fromMs, toMs, reason, afterSequence }) => ({
    from: fromMs === null ? null : timeOf(fromMs),
    to: toMs === null ? null : timeOf(toMs),
    afterSequence,
    reason,
  })),
});

const timeOf = (atMs: number | null): string =>
  atMs === null ? 'a time not known' : new Date(atMs).toISOString().replace('.000', '');
