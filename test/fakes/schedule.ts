import type { Event } from '../../core/events.ts';
import type { Ledger, Recorded } from '../../core/ledger/ledger.ts';
import type { Clock, Job, StoreLocks } from '../../schedule/types.ts';

/** A clock that goes on only when it is told to. */
export interface VirtualClock extends Clock {
  /** Time passes. */
  pass(ms: number): void;
  /** Somebody sets the clock; no time passes. */
  set(nowMs: number): void;
}

export function virtualClock(startMs: number): VirtualClock {
  let [nowMs, elapsedMs] = [startMs, 0];
  return {
    now: () => nowMs,
    elapsed: () => elapsedMs,
    pass: (ms) => {
      nowMs += ms;
      elapsedMs += ms;
    },
    set: (ms) => {
      nowMs = ms;
    },
  };
}

/** A ledger in memory. `isFull` makes every append fail. */
export function memoryLedger(): Pick<Ledger, 'append' | 'ofKinds'> & { events: Event[]; isFull: boolean } {
  const ledger = {
    events: [] as Event[],
    isFull: false,
    append: (events: readonly Event[]) => {
      if (ledger.isFull) throw new Error('database or disk is full');
      const fresh = events.filter(({ id }) => !ledger.events.some((known) => known.id === id));
      ledger.events.push(...fresh);
      return fresh.length;
    },
    ofKinds: (kinds: readonly string[]) =>
      ledger.events
        .filter(({ kind }) => kinds.includes(kind))
        .map((event, index) => ({ ...event, sequence: index + 1 })) as Recorded[],
  };
  return ledger as ReturnType<typeof memoryLedger>;
}

/** Locks of one process. What is in `holders` is held by somebody else. */
export function memoryLocks(): StoreLocks & { readonly holders: Map<string, string> } {
  const holders = new Map<string, string>();
  return {
    holders,
    take: async (store, what) => {
      const holder = holders.get(store);
      if (holder !== undefined) return holder;
      holders.set(store, what);
      return { release: async () => void holders.delete(store) };
    },
  };
}

export const jobOf = (job: Partial<Job> & Pick<Job, 'name' | 'cron'>): Job => ({
  stores: [],
  isHeavy: false,
  windows: 'any',
  deadlineMs: 600_000,
  whileRunning: 'pass over',
  isRoutine: false,
  run: async () => ({ kind: 'ok', said: 'done' }),
  ...job,
});
