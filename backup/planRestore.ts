import { bytesOfLsn, segmentFrom, segmentName, segmentNumberUpTo } from './segments.ts';
import { reignOf, type Sighting, supplierOf, timelineAt } from './timelines.ts';
import type { Backup, RepositoryContent, RestoreTarget, SegmentRun } from './types.ts';
import { type Way, wayFrom } from './wal.ts';

export interface RestoreFacts {
  readonly target: RestoreTarget;
  readonly content: RepositoryContent;
  /** When which timeline was the cluster's. */
  readonly sightings: readonly Sighting[];
  /** UTC milliseconds; of a cluster that answers everything up to here is archived. */
  readonly nowMs: number;
}

/** How PostgreSQL gets where it should be. */
export interface PostgresPlan {
  readonly kind: 'plan';
  /** Label of the backup it begins with. */
  readonly backup: string;
  /** What it takes on the disk of db, without WAL. */
  readonly clusterBytes: number;
  readonly timeline: number;
  /** First and last WAL segment that is replayed; of an instant, the last that is known. */
  readonly wal: Pick<SegmentRun, 'first' | 'last'>;
  /** Where the replay ends. */
  readonly until: ReplayEnd;
  /** What was passed over, a sentence each. */
  readonly notes: readonly string[];
}

export type ReplayEnd =
  | { readonly kind: 'end' }
  | { readonly kind: 'restore point'; readonly name: string; readonly lsn: string }
  | { readonly kind: 'instant'; readonly atMs: number };

/** Nothing is touched; `reachable` says what could be asked for instead. */
export interface Refusal {
  readonly kind: 'refused';
  readonly reason: string;
  /** Oldest first. */
  readonly reachable: readonly Span[];
}

/** UTC milliseconds, both ends included. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Decides from which backup and through which WAL PostgreSQL reaches a target, or refuses it. */
export function planPostgres(facts: RestoreFacts): PostgresPlan | Refusal {
  const { target, content, sightings, nowMs } = facts;
  if (content.backups.length === 0) return refused(facts, 'there is no backup');
  if (target.kind === 'latest') return planTo(facts, newestTimeline(content), { kind: 'end' });
  if (target.kind === 'cut') {
    const { restorePoint, lsn, timeline } = target.cut.postgres;
    return planTo(facts, timeline, { kind: 'restore point', name: restorePoint, lsn });
  }
  if (target.atMs > nowMs) return refused(facts, `${iso(target.atMs)} is in the future: it is ${iso(nowMs)}`);
  return planTo(facts, timelineAt(target.atMs, sightings), target);
}

/** Every span of time that some backup and the WAL behind it cover, oldest first; those that touch are one. */
export function reachableSpans({ content, sightings }: Pick<RestoreFacts, 'content' | 'sightings'>) {
  const timelines = [1, ...content.forks.map(({ timeline }) => timeline)];
  const spans = content.backups.flatMap((backup) =>
    timelines.flatMap((timeline): readonly Span[] => {
      const way = wayFrom(content, backup, timeline);
      if (backup.hasDamage || typeof way === 'string' || way.untilMs === undefined) return [];
      const reign = reignOf(timeline, sightings);
      const fromMs = Math.max(backup.endedAtMs, reign.fromMs);
      const toMs = Math.min(way.untilMs, reign.toMs);
      return fromMs <= toMs ? [{ fromMs, toMs }] : [];
    }),
  );
  return joined(spans);
}

function planTo(facts: RestoreFacts, timeline: number, until: ReplayEnd): PostgresPlan | Refusal {
  const { content } = facts;
  const before = content.backups.filter((backup) => endsBefore(backup, until));
  if (before.length === 0) return refused(facts, `${wordsOf(until)} is before the end of the first backup`);
  const notes: string[] = [];
  for (const backup of before.toReversed()) {
    const way = wayFrom(content, backup, timeline);
    const problem = problemWith(backup, way, until);
    if (problem === undefined && typeof way === 'object') {
      const wal = { first: backup.startSegment, last: lastFor(way, until) };
      const { label, clusterBytes } = backup;
      return { kind: 'plan', backup: label, clusterBytes, timeline, wal, until, notes };
    }
    notes.push(`${problem}`);
  }
  return refused(facts, `${wordsOf(until)} cannot be reached: ${notes[0]}`);
}

function endsBefore({ endedAtMs, stopLsn }: Backup, until: ReplayEnd): boolean {
  if (until.kind === 'end') return true;
  if (until.kind === 'instant') return endedAtMs <= until.atMs;
  return bytesOfLsn(stopLsn) <= bytesOfLsn(until.lsn);
}

/** Why a target is not reached from a backup, in words. */
function problemWith({ hasDamage, label }: Backup, way: Way | string, until: ReplayEnd): string | undefined {
  if (hasDamage) return `the backup ${label} has damaged pages`;
  if (typeof way === 'string') return way;
  const { last, missing, untilMs } = way;
  const gap =
    missing === undefined ? `the archived WAL ends with ${last}` : `the WAL segment ${missing} is missing`;
  if (until.kind === 'end') return missing === undefined ? undefined : gap;
  if (until.kind === 'instant') return untilMs === undefined || untilMs < until.atMs ? gap : undefined;
  return segmentFrom(last).number < segmentNumberUpTo(until.lsn) ? gap : undefined;
}

function lastFor({ stretches, last }: Way, until: ReplayEnd): string {
  if (until.kind !== 'restore point') return last;
  const number = segmentNumberUpTo(until.lsn);
  return segmentName({ timeline: supplierOf(stretches, number), number });
}

const newestTimeline = ({ forks, archive }: RepositoryContent): number =>
  Math.max(
    1,
    ...forks.map(({ timeline }) => timeline),
    ...archive.map(({ last }) => segmentFrom(last).timeline),
  );

function refused(facts: RestoreFacts, reason: string): Refusal {
  return { kind: 'refused', reason, reachable: reachableSpans(facts) };
}

function joined(spans: readonly Span[]): readonly Span[] {
  const all: Span[] = [];
  for (const span of spans.toSorted((one, other) => one.fromMs - other.fromMs)) {
    const before = all.at(-1);
    if (before && span.fromMs <= before.toMs + 1)
      all.splice(-1, 1, { fromMs: before.fromMs, toMs: Math.max(before.toMs, span.toMs) });
    else all.push(span);
  }
  return all;
}

const iso = (ms: number): string => new Date(ms).toISOString();

function wordsOf(until: ReplayEnd): string {
  if (until.kind === 'end') return 'the end of the WAL';
  return until.kind === 'instant' ? iso(until.atMs) : `the restore point ${until.name} at ${until.lsn}`;
}
