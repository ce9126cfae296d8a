import { SlaError } from '../core/errors.ts';
import { ask, canAsk } from './prompt.ts';

/** Whether a person types `word`. Without a terminal nobody can be asked: error `usage`, which names `flag`. */
export async function isConfirmed(question: string, word: string, flag: string): Promise<boolean> {
  if (canAsk()) return (await ask(question)) === word;
  throw new SlaError('usage', 'there is no terminal on which to ask whether this may be done', {
    remedy: `give ${flag} if it may; --dry-run shows what it is`,
  });
}
