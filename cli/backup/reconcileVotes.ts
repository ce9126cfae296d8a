import { messageOf, SlaError } from '../../core/errors.ts';
import { withHost } from '../context.ts';
import { gapLines } from '../votes/gaps.ts';
import { type Round, reconcileOnce } from '../votes/reconcile.ts';
import { justBefore, sinceCut } from '../votes/since.ts';
import type { RestoreWork } from './restoreWork.ts';

type Narrate = (line: string) => void;

/**
 * Brings back the votes that were accepted after the instant that was restored, the last one of each voter. App is
 * still held, so that nothing is in anybody's hand. Without a journal they cannot be had, which ends no restore.
 */
export async function reconcileVotes(work: RestoreWork, narrate: Narrate): Promise<void> {
  const { context, cut, journal } = work;
  try {
    const round = await withHost(context, 'db', (db) =>
      withHost(context, 'docker', (docker) =>
        reconcileOnce({
          context,
          db,
          docker,
          since: cut ? sinceCut(cut) : justBefore(journal.votesSinceMs),
          isDryRun: false,
          isRestored: journal.postgres !== null,
        }),
      ),
    );
    for (const line of linesOf(round)) narrate(line);
  } catch (thrown) {
    if (!(thrown instanceof SlaError)) throw thrown;
    narrate(`votes accepted since are not brought back: ${messageOf(thrown)}`);
    narrate('mend it, and run "./sla votes reconcile"');
  }
}

const linesOf = ({ counts, gaps }: Round): readonly string[] => [
  `${counts.writes} votes accepted since are back`,
  ...(counts.overtaken > 0
    ? [`${counts.overtaken} more are queued behind an older vote of their voter`]
    : []),
  ...gapLines(gaps),
];
