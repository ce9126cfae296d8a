import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { SlaError } from '../core/errors.ts';

/** Whether somebody is there to be asked. */
export const canAsk = (): boolean => process.stdin.isTTY === true && process.stderr.isTTY === true;

/** Asks on stderr; anything but yes is no. */
export const isAnsweredYes = async (question: string): Promise<boolean> =>
  /^y(es)?$/i.test((await ask(`${question} [y/N]`)) ?? '');

/** Whether a person types `word`. Without a terminal nobody can be asked: error `usage`, which names `flag`. */
export async function isWordTyped(question: string, word: string, flag: string): Promise<boolean> {
  if (canAsk()) return (await ask(question)) === word;
  throw new SlaError('usage', 'there is no terminal on which to ask whether this may be done', {
    remedy: `give ${flag} if it may; --dry-run shows what it is`,
  });
}

/** What a person types, without the blanks around it; undefined when Ctrl-C ends the question. */
async function ask(question: string): Promise<string | undefined> {
  // Not a terminal to this interface: so Ctrl-C stays a signal, which everything else listens for as well.
  const asking = createInterface({ input: process.stdin, output: process.stderr, terminal: false });
  const interrupted = new AbortController();
  const interrupt = () => interrupted.abort();
  process.once('SIGINT', interrupt);
  try {
    return (await asking.question(`${question} `, { signal: interrupted.signal })).trim();
  } catch (thrown) {
    if (interrupted.signal.aborted) return undefined;
    throw thrown;
  } finally {
    process.removeListener('SIGINT', interrupt);
    asking.close();
  }
}

/** Asks for something that is not shown while it is typed. Error: `interrupted`. */
export async function askSecret(question: string): Promise<string> {
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const asking = createInterface({ input: process.stdin, output: silent, terminal: true });
  process.stderr.write(`${question}: `);
  try {
    return await asking.question('');
  } catch (thrown) {
    if (!(thrown instanceof Error && thrown.name === 'AbortError')) throw thrown;
    // What is typed unseen is read key by key, and Ctrl-C is one of them: the others must hear of it too.
    process.kill(process.pid, 'SIGINT');
    throw new SlaError('interrupted', 'the question was interrupted', {
      remedy: 'run the same command again: it asks again',
    });
  } finally {
    asking.close();
    process.stderr.write('\n');
  }
}
