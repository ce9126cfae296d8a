import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

const ctrlC = '\x03';

/** What comes of a question on a terminal of its own, made by script(1), once `typed` follows the question. */
function outcomeOf(call: string, typed: string): Promise<string> {
  const program = `import { askSecret, confirmed } from ${JSON.stringify(join(import.meta.dirname, 'prompt.ts'))};
    let signals = '';
    process.on('SIGINT', () => { signals = ' and SIGINT'; });
    const said = await ${call}('Q?').then(String, ({ code, message }) => code ?? message);
    setTimeout(() => process.stdout.write('<' + said + signals + '>'), 50);`;
  const line = `"${process.execPath}" --input-type=module -e '${program.replaceAll("'", "'\\''")}'`;
  const child = spawn('script', ['-qec', line, '/dev/null']);
  const { promise, resolve } = Promise.withResolvers<string>();
  let shown = '';
  child.stdout.on('data', (data: Buffer) => {
    const isAsked = shown.includes('Q?');
    shown += data.toString();
    if (!isAsked && shown.includes('Q?')) child.stdin.write(typed);
    if (shown.includes('>')) child.stdin.end();
  });
  child.on('close', () => resolve(/<(.*)>/.exec(shown)?.[1] ?? shown));
  return promise;
}

describe('a person who is asked', () => {
  test.each([
    ['yes', 'confirmed', 'yes\n', 'true'],
    ['y', 'confirmed', ' Y \n', 'true'],
    ['nothing', 'confirmed', '\n', 'false'],
    ['a secret', 'askSecret', 'geheim\n', 'geheim'],
  ])('and says %s is heard', async (_, call, typed, expected) => {
    expect(await outcomeOf(call, typed)).toBe(expected);
  });

  test.each([
    ['confirmed', 'false and SIGINT'],
    ['askSecret', 'interrupted and SIGINT'],
  ])('may end %s with Ctrl-C, of which everything else hears too', async (call, expected) => {
    expect(await outcomeOf(call, ctrlC)).toBe(expected);
  });
});
