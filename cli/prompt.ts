import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { SlaError } from '../core/errors.ts';

/** Whether somebody is there to be asked. */
export const canAsk = (): boolean => process.stdin.isTTY === true && process.stderr.isTTY === true;

/** Asks on stderr; anything but yes is no. */
export async function confirmed(question: string): Promise<boolean> {
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await asking.question(`${question} [y/N] `)).trim());
  } finally {
    asking.close();
  }
}

/** Asks for something that is not shown while it is typed. */
export async function askSecret(question: string): Promise<string> {
  process.stderr.write(`${question}: `);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const asking = createInterface({ input: process.stdin, output: silent, terminal: true });
  try {
    return await asking.question('');
  } catch (thrown) {
    // The only way out of the question but an answer: Ctrl-C or the end of the input, which this terminal eats.
    throw new SlaError('interrupted', 'the password was not given', {
      cause: thrown,
      remedy: 'run the same command again',
    });
  } finally {
    asking.close();
    process.stderr.write('\n');
  }
}
