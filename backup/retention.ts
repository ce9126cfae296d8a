import type { Backup, Cut } from './types.ts';

/** How many are kept of each kind; days and weeks without any do not count. */
export interface KeepRules {
  /** The newest, whenever they were made. */
  readonly recent: number;
  /** The last one of each day. */
  readonly daily: number;
  /** The last one of each week, which begins on Monday. */
  readonly weekly: number;
}

export interface RetentionPolicy {
  readonly backups: KeepRules;
  readonly cuts: KeepRules;
}

/** What of a cut counts for its retention. */
export type KnownCut = Pick<Cut, 'label' | 'atMs'> & { readonly postgres: Pick<Cut['postgres'], 'backup'> };

export interface RetentionFacts {
  readonly policy: RetentionPolicy;
  readonly backups: readonly Backup[];
  readonly cuts: readonly KnownCut[];
  /** Label of the cut that a drill proved last. */
  readonly proven: string | undefined;
  /** In which days and weeks begin. */
  readonly zone: string;
}

/** By labels, in the order in which they are removed: a backup goes after all that cannot do without it. */
export interface Removals {
  readonly cuts: readonly string[];
  readonly backups: readonly string[];
}

/**
 * What the policy does not keep. Whatever it says, there remain: the newest cut and the newest backup, the newest
 * backup without damage, what a drill proved last, and all that any of these, or a cut that is kept, needs.
 */
export function planRetention(facts: RetentionFacts): Removals {
  const { policy, cuts, backups, proven, zone } = facts;
  const cutDates = cuts.map(({ label, atMs }) => ({ label, atMs }));
  const keptCuts = new Set([...keptBy(policy.cuts, cutDates, zone), ...newestOf(cutDates)]);
  if (proven !== undefined) keptCuts.add(proven);
  const keptBackups = withNeeds(backups, [
    ...keptBy(policy.backups, datesOf(backups), zone),
    ...newestOf(datesOf(backups)),
    ...newestOf(datesOf(backups.filter(({ hasDamage }) => !hasDamage))),
    ...cuts.filter(({ label }) => keptCuts.has(label)).flatMap((cut) => baseOf(cut, backups)),
  ]);
  return {
    cuts: cuts.filter(({ label }) => !keptCuts.has(label)).map(({ label }) => label),
    backups: dependentsFirst(backups.filter(({ label }) => !keptBackups.has(label))),
  };
}

interface Dated {
  readonly label: string;
  readonly atMs: number;
}

const datesOf = (backups: readonly Backup[]): readonly Dated[] =>
  backups.map(({ label, endedAtMs }) => ({ label, atMs: endedAtMs }));

const newestOf = (dated: readonly Dated[]): readonly string[] =>
  newestFirst(dated)
    .slice(0, 1)
    .map(({ label }) => label);

const newestFirst = (dated: readonly Dated[]): readonly Dated[] =>
  dated.toSorted((one, other) => other.atMs - one.atMs);

function keptBy({ recent, daily, weekly }: KeepRules, dated: readonly Dated[], zone: string) {
  const sorted = newestFirst(dated);
  return [
    ...sorted.slice(0, recent),
    ...lastOfEach(sorted, daily, (atMs) => dayOf(atMs, zone).toString()),
    ...lastOfEach(sorted, weekly, (atMs) => mondayOf(dayOf(atMs, zone)).toString()),
  ].map(({ label }) => label);
}

function lastOfEach(sorted: readonly Dated[], count: number, periodOf: (atMs: number) => string) {
  const last = new Map<string, Dated>();
  for (const one of sorted) {
    const period = periodOf(one.atMs);
    if (!last.has(period)) last.set(period, one);
  }
  return [...last.values()].slice(0, count);
}

const dayOf = (atMs: number, zone: string): Temporal.PlainDate =>
  Temporal.Instant.fromEpochMilliseconds(atMs).toZonedDateTimeISO(zone).toPlainDate();

const mondayOf = (day: Temporal.PlainDate): Temporal.PlainDate => day.subtract({ days: day.dayOfWeek - 1 });

/** The backup of a cut; when it is gone, the newest one before the cut may still lead there. */
function baseOf({ postgres, atMs }: KnownCut, backups: readonly Backup[]): readonly string[] {
  if (backups.some(({ label }) => label === postgres.backup)) return [postgres.backup];
  return newestOf(datesOf(backups.filter(({ endedAtMs }) => endedAtMs <= atMs)));
}

function withNeeds(backups: readonly Backup[], labels: readonly string[]): ReadonlySet<string> {
  const kept = new Set<string>();
  const keep = (label: string): void => {
    if (kept.has(label)) return;
    kept.add(label);
    for (const needed of backups.find((backup) => backup.label === label)?.needs ?? []) keep(needed);
  };
  for (const label of labels) keep(label);
  return kept;
}

/** A backup that needs another one was made after it. */
const dependentsFirst = (backups: readonly Backup[]): readonly string[] =>
  newestFirst(datesOf(backups)).map(({ label }) => label);
