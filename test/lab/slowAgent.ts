import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { runAgent } from '../../cli/agent.ts';

// The agent with one job of the tests: it takes a moment, and leaves a mark when it begins and when it ends.
void runAgent('/etc/sla/agent.json', () => [
  {
    name: 'slow',
    cron: '0 0 1 1 *',
    stores: ['test'],
    isHeavy: false,
    windows: 'any',
    deadlineMs: 60_000,
    whileRunning: 'pass over',
    isRoutine: false,
    run: async (signal) => {
      appendFileSync('/var/lib/sla/ledger/marks', 'begun\n');
      await sleep(400, undefined, { signal });
      appendFileSync('/var/lib/sla/ledger/marks', 'done\n');
      return { kind: 'ok', said: 'it took its time' };
    },
  },
]);
