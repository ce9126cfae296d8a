import type { Registry } from 'prom-client';
import type { Host } from '../../core/host.ts';
import type { Ledger } from '../../core/ledger/ledger.ts';
import type { Job } from '../../schedule/types.ts';
import type { AgentConfig } from './config.ts';

/** What jobs are made with. */
export interface JobTools {
  readonly config: AgentConfig;
  /** For what a job did; that it ran is written down anyway. */
  readonly ledger: Ledger;
  /** For what Prometheus is to know beyond when a job ran and how it ended. */
  readonly metrics: Registry;
  /** This host; what is run there ends with the signal. */
  host(signal: AbortSignal): Host;
}

/** What a job is unless it says otherwise. */
export const ordinary = {
  stores: [],
  isHeavy: false,
  windows: 'any',
  deadlineMs: 5 * 60_000,
  whileRunning: 'pass over',
  isRoutine: false,
} as const satisfies Partial<Job>;
