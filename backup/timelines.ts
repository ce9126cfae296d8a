import { bytesOfLsn, segmentFrom, segmentNumberAt } from './segments.ts';
import type { Backup, Cut, Fork, RepositoryContent } from './types.ts';

/** Which timeline gives the segments from a number on; it began at `lsn`. */
export interface Stretch {
  readonly timeline: number;
  readonly from: number;
  readonly lsn: string;
}

/** The stretches that lead to a timeline, the oldest first. */
export function stretchesTo(timeline: number, forks: readonly Fork[]): readonly Stretch[] {
  const fork = forks.find((candidate) => candidate.timeline === timeline);
  if (!fork) return [{ timeline, from: 0, lsn: '0/0' }];
  const { parent, lsn } = fork;
  return [...stretchesTo(parent, forks), { timeline, from: segmentNumberAt(lsn), lsn }];
}

/** The timeline that gives segment `number`: a parent that went on beyond a fork has others of the same number. */
export const supplierOf = (stretches: readonly Stretch[], number: number): number =>
  stretches.findLast(({ from }) => from <= number)?.timeline ?? 1;

/** Whether a backup was made on the way of these stretches, and not on what was left at a fork. */
export function liesOn(stretches: readonly Stretch[], { stopSegment, stopLsn }: Backup): boolean {
  const at = stretches.findIndex(({ timeline }) => timeline === segmentFrom(stopSegment).timeline);
  if (at < 0) return false;
  const next = stretches[at + 1];
  return next === undefined || bytesOfLsn(stopLsn) <= bytesOfLsn(next.lsn);
}

/** A moment at which a timeline was the one of the cluster. */
export interface Sighting {
  readonly timeline: number;
  /** UTC milliseconds. */
  readonly atMs: number;
}

/** Where the timelines were seen: every cut and every backup is a witness, and the archive of their beginnings. */
export const sightingsIn = (
  cuts: readonly Cut[],
  { backups, forks }: Pick<RepositoryContent, 'backups' | 'forks'>,
): readonly Sighting[] => [
  ...forks.flatMap(({ timeline, atMs }) => (atMs === undefined ? [] : [{ timeline, atMs }])),
  ...cuts.map(({ atMs, postgres }) => ({ timeline: postgres.timeline, atMs })),
  ...backups.map(({ startSegment, startedAtMs }) => ({
    timeline: segmentFrom(startSegment).timeline,
    atMs: startedAtMs,
  })),
];

/**
 * The timeline that was the cluster's at an instant, as far as is known: the highest that was seen at or before
 * it. The instants before a restore belong to the timeline that the restore left.
 */
export const timelineAt = (atMs: number, sightings: readonly Sighting[]): number =>
  Math.max(1, ...sightings.filter((seen) => seen.atMs <= atMs).map(({ timeline }) => timeline));

/** From when, and until when, a timeline was the cluster's. UTC milliseconds. */
export function reignOf(timeline: number, sightings: readonly Sighting[]) {
  const first = (those: readonly Sighting[]) => Math.min(...those.map(({ atMs }) => atMs));
  return {
    fromMs:
      timeline === 1
        ? Number.NEGATIVE_INFINITY
        : first(sightings.filter((seen) => seen.timeline === timeline)),
    toMs: first(sightings.filter((seen) => seen.timeline > timeline)) - 1,
  };
}
