import { SlaError } from '../core/errors.ts';
import { restartDatabaseClients } from '../monitor/application.ts';
import { castAndCount, newProbeVoter, removeOwnVote, removeProbeVotes } from '../monitor/vote.ts';
import { type Context, urlsOf, withHost } from './context.ts';

type Narrate = (line: string) => void;

/**
 * Casts a vote, waits until the result page counts it, and removes it. What the client delivered does not survive
 * a database that went away; then it is restarted, once. Error: `vote-lost`.
 */
export async function proveWithVote(context: Context, narrate: Narrate): Promise<void> {
  try {
    await countOneVote(context, 5000 * context.patience, narrate);
  } catch (thrown) {
    if (!(thrown instanceof SlaError && thrown.code === 'vote-lost')) throw thrown;
    narrate(thrown.message);
    const restarted = await withHost(context, 'app', restartDatabaseClients);
    narrate(`restarted ${restarted.join(', ')}`);
    await countOneVote(context, 15_000 * context.patience, narrate);
  }
}

async function countOneVote(context: Context, timeoutMs: number, narrate: Narrate): Promise<void> {
  const vote = await castAndCount(urlsOf(context), 'a', { voterId: newProbeVoter(), timeoutMs });
  narrate(`counted after ${vote.countedAfterMs} ms`);
  await withHost(context, 'db', async (db) => {
    await removeOwnVote(db, vote.voterId, timeoutMs);
    await removeProbeVotes(db);
  });
}
