import { messageOf, SlaError } from '../core/errors.ts';
import type { Event } from '../core/events.ts';
import { eventOf, type JobOutcome } from '../core/events.ts';
import type { Clock, Job, Lease, Running, StoreLocks } from './types.ts';

/** A run of a job in this process. */
export interface Run extends Running {
  readonly startedElapsedMs: number;
  readonly controller: AbortController;
  /** The last line it narrated. */
  said: string;
  /** Set when its deadline passed. */
  abortedElapsedMs?: number;
}

/** Why a run is aborted: its signal's reason. */
export class Aborted extends Error {
  readonly outcome: JobOutcome;
  constructor(outcome: JobOutcome, message: string) {
    super(message);
    this.outcome = outcome;
  }
}

export const beginRun = (job: Job, dueMs: number, run: string, clock: Clock): Run => ({
  run,
  job: job.name,
  dueMs,
  startedAtMs: clock.now(),
  startedElapsedMs: clock.elapsed(),
  controller: new AbortController(),
  said: '',
});

export const startedEvent = (run: Running, by: string): Event<'job started'> =>
  eventOf(
    'job started',
    { run: run.run, job: run.job, dueMs: run.dueMs, by },
    run.startedAtMs,
    `${run.run}:started`,
  );

export const endedEvent = (
  run: Running,
  outcome: JobOutcome,
  said: string,
  tookMs: number,
  atMs: number,
): Event<'job ended'> =>
  eventOf(
    'job ended',
    {
      run: run.run,
      job: run.job,
      outcome,
      said: said.slice(0, 4000),
      tookMs: Math.max(0, Math.round(tookMs)),
    },
    atMs,
    `${run.run}:ended`,
  );

/** Does the work of a run to its end; never throws. */
export async function finish(job: Job, run: Run, clock: Clock): Promise<Event<'job ended'>> {
  const { signal } = run.controller;
  const ended = (outcome: JobOutcome, said: string) =>
    endedEvent(run, outcome, said, clock.elapsed() - run.startedElapsedMs, clock.now());
  try {
    const result = await job.run(signal, (line) => {
      run.said = line;
    });
    return result.kind === 'ok' ? ended('ok', result.said) : ended('skipped', result.why);
  } catch (thrown) {
    if (signal.aborted && signal.reason instanceof Aborted)
      return ended(signal.reason.outcome, signal.reason.message);
    return ended('failed', failureText(thrown));
  }
}

const failureText = (thrown: unknown): string =>
  thrown instanceof SlaError && thrown.cause !== undefined
    ? `${thrown.message}: ${messageOf(thrown.cause)}`
    : messageOf(thrown);

/** All of the stores, or the one that is held by somebody else. */
export async function takeStores(
  locks: StoreLocks,
  job: Job,
): Promise<{ readonly lease: Lease } | { readonly store: string; readonly holder: string }> {
  const taken: Lease[] = [];
  const release = async () => {
    for (const lease of taken) await lease.release();
  };
  // One order for everybody, or two who want both could wait for each other.
  for (const store of job.stores.toSorted()) {
    const lease = await locks.take(store, job.name).catch(async (thrown: unknown) => {
      await release();
      throw thrown;
    });
    if (typeof lease === 'string') {
      await release();
      return { store, holder: lease };
    }
    taken.push(lease);
  }
  return { lease: { release } };
}
