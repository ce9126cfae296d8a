import { withHost } from '../context.ts';
import { reconcileOnce, settled } from '../votes/reconcile.ts';
import type { RestoreWork } from './restoreWork.ts';

/** The clocks of the hosts differ, and the journal counts in whole seconds. */
const marginMs = 3000;

/**
 * Brings back the votes that were accepted after the instant that was restored, the last one of each voter. App is
 * still held, so that nothing is in anybody's hand. Safe to repeat.
 */
export async function reconcileVotes(work: RestoreWork, narrate: (line: string) => void): Promise<void> {
  const { context, journal } = work;
  const since = { kind: 'instant', atMs: journal.votesSinceMs - marginMs } as const;
  const rounds = await withHost(context, 'db', (db) =>
    withHost(context, 'docker', (docker) =>
      settled(() => reconcileOnce({ context: { ...context, narrate }, db, docker, since, isDryRun: false })),
    ),
  );
  const writes = rounds.reduce((sum, { counts }) => sum + counts.writes, 0);
  narrate(`${writes} votes that were accepted since are brought back`);
  for (const { reason } of rounds.at(-1)?.gaps ?? []) narrate(`votes may be missing: ${reason}`);
}
