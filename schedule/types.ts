/** How a run of a job ended well, or that there was nothing for it to do. A run that fails throws. */
export type JobResult =
  | { readonly kind: 'ok'; readonly said: string }
  | { readonly kind: 'skipped'; readonly why: string };

/** Work that comes again and again. */
export interface Job {
  readonly name: string;
  /** Minute, hour, day of the month, month, day of the week, in the zone of the schedule. */
  readonly cron: string;
  /** Stores that nobody else may work on meanwhile. */
  readonly stores: readonly string[];
  /** Takes a host so much that no other heavy one may run beside it. */
  readonly isHeavy: boolean;
  /** Whether it runs in service windows too, waits for their end, or runs in them only. */
  readonly windows: 'any' | 'outside' | 'inside';
  readonly deadlineMs: number;
  /** What becomes of times that come while it still runs: they are passed over, or it runs once more. */
  readonly whileRunning: 'pass over' | 'once more';
  /** Its runs come so often that only changes of their outcome are worth an event. */
  readonly isRoutine: boolean;
  /** Stops soon after the signal, and throws then. The last line narrated is what it says of itself meanwhile. */
  run(signal: AbortSignal, narrate: (line: string) => void): Promise<JobResult>;
}

/** A job without its work: what decides when it runs. */
export type JobPlan = Omit<Job, 'run'>;

/** A run that has begun. */
export interface Running {
  readonly run: string;
  readonly job: string;
  readonly startedAtMs: number;
  readonly dueMs: number;
}

/** The last run that ended. */
export interface LastRun {
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  readonly tookMs: number;
  readonly outcome: 'ok' | 'failed' | 'skipped' | 'cut off';
  readonly said: string;
}

/** Where a job stands, by the ledger. */
export interface Standing {
  /** Times of its schedule up to here are done, or done with. */
  readonly accountedMs: number;
  /** It has begun, and nothing says that it ended. */
  readonly unended?: Running;
  readonly last?: LastRun;
  /** How long its last good run took. */
  readonly usualMs?: number;
}

/** What the scheduler does about a job whose time has come. */
export type Decision =
  | { readonly kind: 'run'; readonly job: string; readonly dueMs: number; readonly missed?: Missed }
  | {
      readonly kind: 'wait';
      readonly job: string;
      readonly dueMs: number;
      readonly why: string;
      readonly missed?: Missed;
    }
  /** A time that does not count: it lay outside the windows of a job that runs in them only. */
  | { readonly kind: 'pass over'; readonly job: string; readonly dueMs: number };

/** Times that passed while nobody was there to see them. */
export interface Missed {
  readonly times: number;
  /** The last of them. */
  readonly dueMs: number;
}

export interface Clock {
  /** UTC milliseconds; it may jump. */
  now(): number;
  /** Milliseconds that only ever go on. */
  elapsed(): number;
}

/** A store that is ours until it is released, or until this process ends. */
export interface Lease {
  release(): Promise<void>;
}

export interface StoreLocks {
  /** The store, or who has it. `what` is what it is taken for. */
  take(store: string, what: string): Promise<Lease | string>;
}
