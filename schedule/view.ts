import { isInside } from '../core/windows.ts';
import type { PlannedJob, Situation } from './plan.ts';
import type { Run } from './runs.ts';
import type { LastRun } from './types.ts';

/** What ran and what comes next, as the agent shows it. Instants are UTC milliseconds. */
export interface ScheduleView {
  readonly nowMs: number;
  readonly zone: string;
  readonly isWindowOpen: boolean;
  readonly jobs: readonly JobView[];
}

export interface JobView {
  readonly name: string;
  readonly cron: string;
  readonly nextMs: number;
  readonly running?: { readonly startedAtMs: number; readonly said: string };
  /** Its time has come, and this is in the way. */
  readonly waitsFor?: string;
  readonly last?: LastRun;
}

export function viewOf(
  situation: Situation,
  runs: ReadonlyMap<string, Run>,
  waits: ReadonlyMap<string, string>,
): ScheduleView {
  const { nowMs, service, jobs } = situation;
  return {
    nowMs,
    zone: service.zone,
    isWindowOpen: isInside(service, nowMs),
    jobs: jobs.map((job) => {
      const { name, cron } = job.plan;
      const run = runs.get(name);
      const waitsFor = waits.get(name);
      return {
        name,
        cron,
        nextMs: nextTime(job, situation),
        ...(run ? { running: { startedAtMs: run.startedAtMs, said: run.said } } : {}),
        ...(waitsFor === undefined ? {} : { waitsFor }),
        ...(job.standing.last ? { last: job.standing.last } : {}),
      };
    }),
  };
}

// Every minute of a fortnight; a job that only runs in windows, where there are none, never comes.
const searchedTimes = 14 * 24 * 60;

function nextTime({ plan, cron, standing }: PlannedJob, { nowMs, service }: Situation): number {
  let time = cron.next(Math.max(nowMs, standing.accountedMs));
  if (plan.windows !== 'inside') return time;
  for (let tries = 0; tries < searchedTimes && !isInside(service, time); tries += 1) time = cron.next(time);
  return time;
}
