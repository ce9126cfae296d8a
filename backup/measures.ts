import { isAlarm, lastProven } from './drill/standing.ts';
import { parseSegment } from './segments.ts';
import { type Backup, backupKinds, type Cut, type Drill, type RepositoryContent } from './types.ts';

/** What the state of backups is measured from. */
export interface MeasuredFacts {
  readonly nowMs: number;
  readonly content: RepositoryContent;
  readonly cuts: readonly Cut[];
  /** Oldest first. */
  readonly drills: readonly Drill[];
  readonly disk: DiskFacts;
  /** Segments that were received as they were written, by their names; the last may still grow. */
  readonly stream: readonly string[];
}

export interface DiskFacts {
  readonly freeBytes: number;
  readonly repositoryBytes: number;
}

/** One series as Prometheus takes it: a gauge. */
export interface Measure {
  readonly name: `sla_${string}`;
  readonly help: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** All that is known of backups, cuts and drills. What was never made has no series: its absence is an alert too. */
export const backupMeasures = (facts: MeasuredFacts): readonly Measure[] => [
  ...backupKinds.flatMap((kind) =>
    ofBackup(facts.content.backups.findLast((backup) => backup.kind === kind)),
  ),
  ...ofCuts(facts.cuts),
  ...ofDrills(facts.drills),
  ...ofWal(facts),
  ...ofDisk(facts),
];

const seconds = (ms: number): number => ms / 1000;

function ofBackup(backup: Backup | undefined): readonly Measure[] {
  if (!backup) return [];
  const { kind, startedAtMs, endedAtMs } = backup;
  const labels = { kind };
  return [
    {
      name: 'sla_backup_ended_seconds',
      help: 'When the last backup of a kind ended, as a Unix time.',
      labels,
      value: seconds(endedAtMs),
    },
    {
      name: 'sla_backup_took_seconds',
      help: 'How long it took.',
      labels,
      value: Math.round(seconds(endedAtMs - startedAtMs)),
    },
    {
      name: 'sla_backup_added_bytes',
      help: 'What it added to the repository.',
      labels,
      value: backup.addedBytes,
    },
    {
      name: 'sla_backup_cluster_bytes',
      help: 'What the cluster held.',
      labels,
      value: backup.clusterBytes,
    },
    {
      name: 'sla_backup_damaged',
      help: '1 when damaged pages were noticed.',
      labels,
      value: backup.hasDamage ? 1 : 0,
    },
  ];
}

function ofCuts(cuts: readonly Cut[]): readonly Measure[] {
  const newest = cuts.at(-1);
  return [
    { name: 'sla_cuts', help: 'How many cuts are kept.', labels: {}, value: cuts.length },
    ...(newest
      ? [
          {
            name: 'sla_cut_at_seconds' as const,
            help: 'The instant of the newest cut, as a Unix time.',
            labels: {},
            value: seconds(newest.atMs),
          },
        ]
      : []),
  ];
}

function ofDrills(drills: readonly Drill[]): readonly Measure[] {
  const label = lastProven(drills);
  const proven = drills.findLast(
    (drill) => !drill.isControl && drill.verdict.kind === 'proven' && drill.cut === label,
  );
  return [
    ...['no', 'yes'].flatMap((control) =>
      ofDrill(
        drills.findLast(({ isControl }) => isControl === (control === 'yes')),
        control,
      ),
    ),
    ...(proven
      ? [
          {
            name: 'sla_drill_proven_seconds' as const,
            help: 'When a drill proved a cut last, as a Unix time.',
            labels: {},
            value: seconds(proven.startedAtMs),
          },
        ]
      : []),
  ];
}

/** Of a control the only good verdict is a failure: `alarm` says it for both. */
function ofDrill(drill: Drill | undefined, control: string): readonly Measure[] {
  if (!drill) return [];
  const labels = { control };
  return [
    {
      name: 'sla_drill_started_seconds',
      help: 'When the last drill began, as a Unix time.',
      labels,
      value: seconds(drill.startedAtMs),
    },
    {
      name: 'sla_drill_took_seconds',
      help: 'How long the last drill took.',
      labels,
      value: seconds(drill.took.reduce((sum, { ms }) => sum + ms, 0)),
    },
    {
      name: 'sla_drill_alarm',
      help: '1 when a copy failed, or when a damaged one did not.',
      labels,
      value: isAlarm(drill) ? 1 : 0,
    },
    {
      name: 'sla_drill_unverified',
      help: '1 when the last drill could not tell.',
      labels,
      value: drill.verdict.kind === 'could not verify' ? 1 : 0,
    },
  ];
}

/** Segments that were received and are not in the archive yet; of another timeline nothing can be said. */
function ofWal({ content, stream }: MeasuredFacts): readonly Measure[] {
  const last = content.archive.at(-1);
  const archived = last && parseSegment(last.last);
  const waiting = stream.flatMap((name) => {
    const segment = parseSegment(name);
    return segment && archived && segment.timeline === archived.timeline && segment.number > archived.number
      ? [segment]
      : [];
  });
  return [
    {
      name: 'sla_wal_waiting_segments',
      help: 'WAL segments that are complete and not in the archive yet.',
      labels: {},
      value: waiting.length,
    },
    ...(last?.untilMs === undefined
      ? []
      : [
          {
            name: 'sla_wal_archived_seconds' as const,
            help: 'When the last segment was archived, as a Unix time.',
            labels: {},
            value: seconds(last.untilMs),
          },
        ]),
  ];
}

const dayMs = 86_400_000;
const days = 7;

function ofDisk({ disk, content, nowMs }: MeasuredFacts): readonly Measure[] {
  const recent = content.backups.filter(({ endedAtMs }) => endedAtMs > nowMs - days * dayMs);
  const sinceMs = Math.min(...recent.map(({ startedAtMs }) => startedAtMs));
  // Of less than a day nothing is foretold: the first full backup would fill every disk.
  const spanDays = (nowMs - sinceMs) / dayMs;
  const perDay = recent.reduce((sum, { addedBytes }) => sum + addedBytes, 0) / spanDays;
  return [
    {
      name: 'sla_repository_free_bytes',
      help: 'Space left on the disk of the repository.',
      labels: {},
      value: disk.freeBytes,
    },
    {
      name: 'sla_repository_bytes',
      help: 'What the repository takes.',
      labels: {},
      value: disk.repositoryBytes,
    },
    ...(recent.length > 1 && spanDays >= 1 && perDay > 0
      ? [
          {
            name: 'sla_repository_days_left' as const,
            help: 'Days until the disk is full, at the pace of the last week and if nothing expires.',
            labels: {},
            value: disk.freeBytes / perDay,
          },
        ]
      : []),
  ];
}
