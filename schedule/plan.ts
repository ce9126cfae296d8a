import { nextWindow, openWindow, type ServiceConfig } from '../core/windows.ts';
import type { Cron } from './cron.ts';
import type { Decision, JobPlan, Missed, Standing } from './types.ts';

/** Everything that decides what runs now. */
export interface Situation {
  readonly nowMs: number;
  /** Since when somebody has been watching the clock without a break. */
  readonly awakeSinceMs: number;
  readonly service: ServiceConfig;
  /** In the order in which they go first. */
  readonly jobs: readonly PlannedJob[];
  /** Names of the jobs that run. */
  readonly running: ReadonlySet<string>;
  /** Stores that somebody else works on, and who. */
  readonly held: ReadonlyMap<string, string>;
}

export interface PlannedJob {
  readonly plan: JobPlan;
  readonly cron: Cron;
  readonly standing: Standing;
}

/** What is to be done about every job whose time has come; the others are not in the list. */
export function planJobs(situation: Situation): readonly Decision[] {
  const decisions: Decision[] = [];
  const running = new Set(situation.running);
  for (const job of situation.jobs) {
    const decision = decide(job, { ...situation, running });
    if (!decision) continue;
    decisions.push(decision);
    if (decision.kind === 'run') running.add(job.plan.name);
  }
  return decisions;
}

function decide(job: PlannedJob, situation: Situation): Decision | undefined {
  const { plan, standing } = job;
  const { nowMs, running } = situation;
  const times = timesBetween(job, standing.accountedMs, nowMs);
  const dueMs = times.at(-1);
  if (dueMs === undefined || running.has(plan.name)) return undefined;
  const counted =
    plan.windows === 'inside' ? times.filter((time) => openWindow(situation.service, time)) : times;
  if (counted.length === 0 || (plan.windows === 'inside' && !openWindow(situation.service, nowMs)))
    return { kind: 'pass over', job: plan.name, dueMs };
  const missed = plan.isRoutine ? undefined : missedOf(counted, situation.awakeSinceMs);
  const base = { job: plan.name, dueMs, ...(missed ? { missed } : {}) };
  const why = reasonToWait(job, situation);
  return why === undefined ? { kind: 'run', ...base } : { kind: 'wait', ...base, why };
}

// Of a longer absence the number does not matter.
const countedTimes = 1000;

function timesBetween({ cron }: PlannedJob, fromMs: number, toMs: number): readonly number[] {
  const times: number[] = [];
  let time = cron.next(fromMs);
  while (time <= toMs && times.length < countedTimes) {
    times.push(time);
    time = cron.next(time);
  }
  return times;
}

function missedOf(times: readonly number[], awakeSinceMs: number): Missed | undefined {
  const unseen = times.filter((time) => time < awakeSinceMs);
  const dueMs = unseen.at(-1);
  return dueMs === undefined ? undefined : { times: unseen.length, dueMs };
}

function reasonToWait({ plan, standing }: PlannedJob, situation: Situation): string | undefined {
  return (
    reasonOfWindows(plan, standing, situation) ??
    reasonOfOthers(plan, situation) ??
    reasonOfHolders(plan, situation)
  );
}

function reasonOfWindows(
  plan: JobPlan,
  standing: Standing,
  { service, nowMs }: Situation,
): string | undefined {
  if (plan.windows !== 'outside') return undefined;
  const open = openWindow(service, nowMs);
  if (open) return `a service window is open until ${clockText(open.endMs, service.zone)}`;
  // What it took last, with as much again to spare; before the first run only the deadline is known.
  const expectedMs = Math.min(2 * (standing.usualMs ?? plan.deadlineMs), plan.deadlineMs);
  const next = nextWindow(service, nowMs);
  if (!next || nowMs + expectedMs <= next.startMs) return undefined;
  return `it could still run when a service window opens at ${clockText(next.startMs, service.zone)}`;
}

function reasonOfOthers(plan: JobPlan, { jobs, running }: Situation): string | undefined {
  const others = jobs.map((job) => job.plan).filter(({ name }) => running.has(name));
  const heavy = plan.isHeavy ? others.find(({ isHeavy }) => isHeavy) : undefined;
  if (heavy) return `"${heavy.name}" runs, and both are heavy`;
  for (const store of plan.stores) {
    const user = others.find(({ stores }) => stores.includes(store));
    if (user) return `"${user.name}" works on ${store}`;
  }
  return undefined;
}

function reasonOfHolders({ stores }: JobPlan, { held }: Situation): string | undefined {
  const store = stores.find((name) => held.has(name));
  return store === undefined ? undefined : `${store} is in use by ${held.get(store)}`;
}

const clockText = (atMs: number, zone: string): string =>
  Temporal.Instant.fromEpochMilliseconds(atMs).toZonedDateTimeISO(zone).toPlainTime().toString().slice(0, 5);

/**
 * The standing after a look at the clock. One that was set back lets a job rest until its next time comes, so that
 * nothing runs twice for one time; unless it would rest longer than from one of its times to the next.
 */
export function settled({ standing, cron }: PlannedJob, nowMs: number): Standing {
  const { accountedMs } = standing;
  const isTooFarAhead = accountedMs > nowMs && accountedMs - nowMs > cron.next(accountedMs) - accountedMs;
  return isTooFarAhead ? { ...standing, accountedMs: nowMs } : standing;
}
