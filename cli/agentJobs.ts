import { dirname, join } from 'node:path';
import type { Registry } from 'prom-client';
import { eventOf } from '../core/events.ts';
import type { Host } from '../core/host.ts';
import type { Ledger } from '../core/ledger/ledger.ts';
import type { Job } from '../schedule/types.ts';
import { backupJobs } from './agentBackupJobs.ts';
import type { AgentConfig } from './agentConfig.ts';
import { copyName, folderOnApp, rsyncWithApp } from './agentLedger.ts';

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

/** Every job of the agent. Of two that are due at the same time the first goes first. */
export const agentJobs = (tools: JobTools): readonly Job[] => [copyLedger(tools), ...backupJobs(tools)];

/** The ledger survives the loss of docker, but for its last minute. */
function copyLedger({ config, ledger, host }: JobTools): Job {
  const copy = join(dirname(config.ledger), 'copy', copyName(ledger));
  let copied = 0;
  return {
    name: 'copy ledger',
    cron: '* * * * *',
    stores: [],
    isHeavy: false,
    windows: 'any',
    deadlineMs: 50_000,
    whileRunning: 'pass over',
    isRoutine: true,
    run: async (signal) => {
      const sequence = ledger.last();
      if (sequence === copied) return { kind: 'skipped', why: `app has all ${sequence} events` };
      ledger.copyTo(copy);
      await host(signal).exec(rsyncWithApp(copy, folderOnApp));
      // Said once for each start of the agent: a line each minute would be all that is ever copied.
      if (copied === 0) {
        ledger.append([eventOf('ledger copied', { to: 'app', sequence }, Date.now())]);
      }
      copied = sequence;
      return { kind: 'ok', said: `${sequence} events are on app` };
    },
  };
}
