import type { Event } from '../core/events.ts';
import type { JobPlan, Standing } from './types.ts';

/** The kinds of events that say where jobs stand. */
export const standingKinds = ['agent started', 'job started', 'job ended', 'job missed'] as const;
export type StandingEvent = Event<(typeof standingKinds)[number]>;

/** Where each job stands after these events; one that no event names stands as of now. */
export function standingsFrom(
  events: Iterable<StandingEvent>,
  jobs: readonly JobPlan[],
  nowMs: number,
): ReadonlyMap<string, Standing> {
  const plans = new Map(jobs.map((job) => [job.name, job]));
  const standings = new Map<string, Standing>();
  for (const event of events) {
    const names = event.kind === 'agent started' ? event.data.jobs : [event.data.job];
    for (const name of names) {
      const plan = plans.get(name);
      if (plan) standings.set(name, afterEvent(standings.get(name), event, plan));
    }
  }
  return new Map(jobs.map(({ name }) => [name, standings.get(name) ?? { accountedMs: nowMs }]));
}

/** The standing of a job after an event that is about it. */
export function afterEvent(
  before: Standing | undefined,
  { kind, data, atMs }: StandingEvent,
  plan: JobPlan,
): Standing {
  const standing = before ?? { accountedMs: atMs };
  const accounted = (ms: number) => Math.max(standing.accountedMs, ms);
  switch (kind) {
    case 'agent started':
      return standing;
    case 'job missed':
      return data.isRunNow ? standing : { ...standing, accountedMs: accounted(data.dueMs) };
    case 'job started':
      return {
        ...standing,
        accountedMs: accounted(data.dueMs),
        unended: { run: data.run, job: data.job, startedAtMs: atMs, dueMs: data.dueMs },
      };
    case 'job ended': {
      const { outcome, said, tookMs } = data;
      const { unended, ...rest } = standing;
      const startedAtMs = unended?.run === data.run ? unended.startedAtMs : atMs - tookMs;
      return {
        ...rest,
        accountedMs: plan.whileRunning === 'pass over' ? accounted(atMs) : standing.accountedMs,
        last: { startedAtMs, endedAtMs: atMs, tookMs, outcome, said },
        ...(outcome === 'ok' ? { usualMs: tookMs } : {}),
      };
    }
  }
}
