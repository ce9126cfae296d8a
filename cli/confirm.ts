import { createInterface } from 'node:readline/promises';
import { SlaError } from '../core/errors.ts';
import { canAsk } from './prompt.ts';

/**
 * Whether a person types `word`. Without a terminal nobody can be asked: error `usage`, which names `flag`.
 * Ctrl-C ends the question.
 */
export async function isConfirmed(question: string, word: string, flag: string): Promise<boolean> {
  if (!canAsk()) {
    throw new SlaError('usage', 'there is no terminal on which to ask whether this may be done', {
      remedy: `give ${flag} if it may; --dry-run shows what it is`,
    });
  }
  // Not a terminal to this interface: so Ctrl-C stays a signal, which everything else listens for as well.
  const prompt = createInterface({ input: process.stdin, output: process.stderr, terminal: false });
  const interrupted = new AbortController();
  const interrupt = () => interrupted.abort();
  process.once('SIGINT', interrupt);
  try {
    const answer = await prompt.question(`${question} `, { signal: interrupted.signal });
    return answer.trim() === word;
  } catch (thrown) {
    if (interrupted.signal.aborted) return false;
    throw thrown;
  } finally {
    process.removeListener('SIGINT', interrupt);
    prompt.close();
  }
}
