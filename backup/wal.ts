import { segmentFrom, segmentName } from './segments.ts';
import { liesOn, type Stretch, stretchesTo, supplierOf } from './timelines.ts';
import type { Backup, RepositoryContent, SegmentRun } from './types.ts';

/** How far the WAL leads from a backup. */
export interface Way {
  readonly stretches: readonly Stretch[];
  /** The last segment that follows the backup without a gap. */
  readonly last: string;
  /** UTC milliseconds at which it was archived; undefined where that is not known. */
  readonly untilMs: number | undefined;
  /** The segment that is missing, when others follow behind it. */
  readonly missing: string | undefined;
}

/** The way from a backup along a timeline; a sentence when it does not even lead to the end of the backup. */
export function wayFrom(content: RepositoryContent, backup: Backup, timeline: number): Way | string {
  const stretches = stretchesTo(timeline, content.forks);
  if (!liesOn(stretches, backup))
    return `the backup ${backup.label} is not on the way to timeline ${timeline}`;
  const start = segmentFrom(backup.startSegment).number;
  const { last, next, untilMs } = follow(content.archive, stretches, start);
  const missing = segmentName({ timeline: supplierOf(stretches, next), number: next });
  if (last === undefined || next <= segmentFrom(backup.stopSegment).number)
    return `the WAL segment ${missing} is missing, without which the backup ${backup.label} is not consistent`;
  const isFollowed = content.archive.some(({ last: end }) => {
    const segment = segmentFrom(end);
    return segment.number > next && supplierOf(stretches, segment.number) === segment.timeline;
  });
  return { stretches, last, untilMs, missing: isFollowed ? missing : undefined };
}

/** From run to run, and from timeline to timeline, as long as nothing is missing. */
function follow(runs: readonly SegmentRun[], stretches: readonly Stretch[], start: number) {
  let [last, next, untilMs]: [string | undefined, number, number | undefined] = [undefined, start, undefined];
  for (;;) {
    const timeline = supplierOf(stretches, next);
    const run = runs.find((candidate) => holds(candidate, segmentName({ timeline, number: next })));
    if (!run) return { last, next, untilMs };
    const taken = stretches.find(({ from }) => from > next)?.from ?? Number.POSITIVE_INFINITY;
    const number = Math.min(segmentFrom(run.last).number, taken - 1);
    last = segmentName({ timeline, number });
    untilMs = run.untilMs;
    next = number + 1;
  }
}

/** Names of one timeline are in the order of their numbers. */
const holds = ({ first, last }: SegmentRun, name: string): boolean =>
  first.slice(0, 8) === name.slice(0, 8) && first <= name && name <= last;
