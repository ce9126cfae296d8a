import { randomUUID } from 'node:crypto';
import { messageOf } from '../core/errors.ts';
import { type Event, eventOf } from '../core/events.ts';
import type { Ledger } from '../core/ledger/ledger.ts';
import type { ServiceConfig } from '../core/windows.ts';
import { type Cron, cronOf } from './cron.ts';
import { planJobs, settled } from './plan.ts';
import { Aborted, beginRun, endedEvent, finish, type Run, startedEvent, takeStores } from './runs.ts';
import { afterEvent, type StandingEvent, standingKinds, standingsFrom } from './standing.ts';
import type { Clock, Decision, Job, Missed, Standing, StoreLocks } from './types.ts';
import { type ScheduleView, viewOf } from './view.ts';

export interface SchedulerOptions {
  readonly jobs: readonly Job[];
  readonly ledger: Pick<Ledger, 'append' | 'ofKinds'>;
  readonly locks: StoreLocks;
  readonly clock: Clock;
  readonly service: ServiceConfig;
  /** What this is a build of. */
  readonly build: string;
  readonly log: (message: string, about?: Readonly<Record<string, unknown>>) => void;
  /** A job goes on long after its signal. Nothing it holds can be given to anybody else. */
  readonly onStuck: (job: string) => void;
}

// A clock that is corrected by less runs on as far as jobs are concerned.
const jumpMs = 30_000;
const heldForMs = 5000;
const graceMs = 30_000;

/** Runs jobs when their time has come. Whoever has one calls `tick` about every second. */
export class Scheduler {
  readonly #options: SchedulerOptions;
  readonly #crons: ReadonlyMap<string, Cron>;
  readonly #standings: Map<string, Standing>;
  readonly #runs = new Map<string, { readonly run: Run; readonly done: Promise<void> }>();
  readonly #waits = new Map<string, string>();
  readonly #held = new Map<string, { readonly holder: string; readonly untilElapsedMs: number }>();
  readonly #recordedOutcomes = new Map<string, string>();
  #owed: readonly Event[] = [];
  #lastTick: { readonly nowMs: number; readonly elapsedMs: number };
  #awakeSinceMs: number;
  #isStopping = false;

  /** Takes up where the ledger ends: what had begun and not ended is recorded as cut off, and not begun again. */
  constructor(options: SchedulerOptions) {
    const { jobs, ledger, clock, service, build } = options;
    this.#options = options;
    this.#crons = new Map(jobs.map(({ name, cron }) => [name, cronOf(cron, service.zone)]));
    const nowMs = clock.now();
    this.#lastTick = { nowMs, elapsedMs: clock.elapsed() };
    this.#awakeSinceMs = nowMs;
    this.#standings = new Map(standingsFrom(ledger.ofKinds(standingKinds), jobs, nowMs));
    this.#record([
      eventOf('agent started', { build, jobs: jobs.map(({ name }) => name) }, nowMs),
      ...[...this.#standings.values()].flatMap(({ unended }) =>
        unended ? [endedEvent(unended, 'cut off', 'the agent ended while it ran', 0, nowMs)] : [],
      ),
    ]);
  }

  /** Starts what is due, and aborts what is over its time. */
  tick(): void {
    this.#lookAtClock();
    this.#record([]);
    this.#endOverdue();
    if (this.#isStopping || this.#owed.length > 0) return;
    this.#waits.clear();
    for (const decision of planJobs(this.#situation())) this.#follow(decision);
  }

  /** Runs a job at once, whatever its schedule says; gives why not, if so. */
  runNow(name: string, by: string): string | undefined {
    const job = this.#options.jobs.find((candidate) => candidate.name === name);
    if (!job) return `no job is named "${name}"; there are ${[...this.#crons.keys()].join(', ')}`;
    if (this.#isStopping) return 'the agent is stopping';
    if (this.#runs.has(name)) return `"${name}" runs already`;
    const others = this.#options.jobs.filter((other) => this.#runs.has(other.name));
    const user = others.find(({ stores }) => stores.some((store) => job.stores.includes(store)));
    if (user) return `"${user.name}" works on ${user.stores.join(' and ')}`;
    this.#launch(job, this.#options.clock.now(), by);
    return undefined;
  }

  /** Aborts what runs, and resolves when all of it has ended. */
  async stop(why: string): Promise<void> {
    this.#isStopping = true;
    for (const { run } of this.#runs.values()) run.controller.abort(new Aborted('cut off', why));
    await this.settled();
    this.#record([eventOf('agent stopped', { why }, this.#options.clock.now())]);
  }

  /** Resolves when nothing runs. */
  async settled(): Promise<void> {
    while (this.#runs.size > 0) await Promise.all([...this.#runs.values()].map(({ done }) => done));
  }

  view(): ScheduleView {
    const runs = new Map([...this.#runs].map(([name, { run }]) => [name, run]));
    return viewOf(this.#situation(), runs, this.#waits);
  }

  #situation() {
    const { jobs, clock, service } = this.#options;
    const elapsedMs = clock.elapsed();
    const held = [...this.#held].filter(([, { untilElapsedMs }]) => untilElapsedMs > elapsedMs);
    return {
      nowMs: clock.now(),
      awakeSinceMs: this.#awakeSinceMs,
      service,
      jobs: jobs.map((plan) => this.#planned(plan)),
      running: new Set(this.#runs.keys()),
      held: new Map(held.map(([store, { holder }]) => [store, holder])),
    };
  }

  #planned(plan: Job) {
    const cron = this.#crons.get(plan.name);
    const standing = this.#standings.get(plan.name);
    if (!cron || !standing) throw new Error(`the scheduler does not know "${plan.name}"`);
    return { plan, cron, standing };
  }

  #lookAtClock(): void {
    const { clock, jobs, log } = this.#options;
    const [nowMs, elapsedMs] = [clock.now(), clock.elapsed()];
    const jumpedMs = nowMs - this.#lastTick.nowMs - (elapsedMs - this.#lastTick.elapsedMs);
    if (Math.abs(jumpedMs) > jumpMs) log('the clock jumped', { seconds: Math.round(jumpedMs / 1000) });
    // Times that the clock jumped over were seen by nobody.
    if (jumpedMs > jumpMs) this.#awakeSinceMs = nowMs;
    this.#awakeSinceMs = Math.min(this.#awakeSinceMs, nowMs);
    this.#lastTick = { nowMs, elapsedMs };
    for (const job of jobs) this.#standings.set(job.name, settled(this.#planned(job), nowMs));
  }

  #endOverdue(): void {
    const elapsedMs = this.#options.clock.elapsed();
    for (const job of this.#options.jobs) {
      const run = this.#runs.get(job.name)?.run;
      if (!run || elapsedMs - run.startedElapsedMs <= job.deadlineMs) continue;
      if (run.abortedElapsedMs === undefined) {
        run.abortedElapsedMs = elapsedMs;
        run.controller.abort(new Aborted('failed', `its ${job.deadlineMs / 1000} s were over`));
      } else if (elapsedMs - run.abortedElapsedMs > graceMs) this.#options.onStuck(job.name);
    }
  }

  #follow(decision: Decision): void {
    const { job: name, dueMs } = decision;
    const standing = this.#standings.get(name);
    const job = this.#options.jobs.find((candidate) => candidate.name === name);
    if (!job || !standing) return;
    if (decision.kind === 'pass over') {
      this.#standings.set(name, { ...standing, accountedMs: dueMs });
      return;
    }
    if (decision.missed) this.#sayMissed(name, decision.missed);
    if (decision.kind === 'wait') this.#waits.set(name, decision.why);
    else this.#launch(job, dueMs, 'the schedule');
  }

  /** Once, however often it is found: the event's id says which time it was. */
  #sayMissed(job: string, { times, dueMs }: Missed): void {
    const id = `missed ${job} ${dueMs}`;
    const why = 'the agent did not run then, or the clock jumped';
    const data = { job, dueMs, times, why, isRunNow: true };
    this.#record([eventOf('job missed', data, this.#options.clock.now(), id)]);
  }

  #launch(job: Job, dueMs: number, by: string): void {
    const run = beginRun(job, dueMs, randomUUID(), this.#options.clock);
    const done = this.#work(job, run, by)
      .catch((thrown: unknown) =>
        this.#options.log('a job was not run', { job: job.name, why: messageOf(thrown) }),
      )
      .finally(() => this.#runs.delete(job.name));
    this.#runs.set(job.name, { run, done });
  }

  async #work(job: Job, run: Run, by: string): Promise<void> {
    const { locks, clock, log } = this.#options;
    const taken = await takeStores(locks, job);
    if ('holder' in taken) {
      this.#held.set(taken.store, { holder: taken.holder, untilElapsedMs: clock.elapsed() + heldForMs });
      this.#waits.set(job.name, `${taken.store} is in use by ${taken.holder}`);
      return;
    }
    try {
      if (run.controller.signal.aborted) return;
      const started = startedEvent(run, by);
      if (!job.isRoutine) this.#insistOnRecord(started);
      this.#stand(job, started);
      log('job started', { job: job.name, by });
      const ended = await finish(job, run, clock);
      this.#stand(job, ended);
      if (!job.isRoutine || this.#isNews(ended)) this.#record(job.isRoutine ? [started, ended] : [ended]);
      log('job ended', ended.data);
    } finally {
      await taken.lease.release();
    }
  }

  #stand(job: Job, event: StandingEvent): void {
    this.#standings.set(job.name, afterEvent(this.#standings.get(job.name), event, job));
  }

  #isNews({ data }: Event<'job ended'>): boolean {
    const outcome = data.outcome === 'skipped' ? 'ok' : data.outcome;
    const isNews = this.#recordedOutcomes.get(data.job) !== outcome;
    this.#recordedOutcomes.set(data.job, outcome);
    return isNews;
  }

  /** A job whose beginning is not on the disk could be begun again: it does not begin. */
  #insistOnRecord(event: Event): void {
    this.#options.ledger.append([...this.#owed, event]);
    this.#owed = [];
  }

  /** What cannot be written now, because the disk is full, is written as soon as it can; no job starts meanwhile. */
  #record(events: readonly Event[]): void {
    const all = [...this.#owed, ...events];
    if (all.length === 0) return;
    try {
      this.#options.ledger.append(all);
      this.#owed = [];
    } catch (thrown) {
      if (this.#owed.length === 0)
        this.#options.log('the ledger cannot be written', { why: messageOf(thrown) });
      this.#owed = all;
    }
  }
}
