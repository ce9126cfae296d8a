import { dirname, join } from 'node:path';
import { eventOf } from '../../core/events.ts';
import type { Job } from '../../schedule/types.ts';
import { backupJobs } from './backupJobs.ts';
import { copyName, folderOnApp } from './ledger.ts';
import { rsyncWithApp } from './rsync.ts';
import { type JobTools, ordinary } from './tools.ts';

/** Every job of the agent. Of two that are due at the same time the first goes first. */
export const agentJobs = (tools: JobTools): readonly Job[] => [copyLedger(tools), ...backupJobs(tools)];

/** The ledger survives the loss of docker, but for its last minute. */
function copyLedger({ config, ledger, host }: JobTools): Job {
  const copy = join(dirname(config.ledger), 'copy', copyName(ledger));
  let copied = 0;
  return {
    ...ordinary,
    name: 'copy ledger',
    cron: '* * * * *',
    deadlineMs: 50_000,
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
