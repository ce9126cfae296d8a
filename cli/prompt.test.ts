import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isWordTyped } from './prompt.ts';

const ctrlC = '\x03';

/** What comes of a question on a terminal of its own, made by script(1), once `typed` follows the question. */
function outcomeOf(call: string, typed: string): Promise<string> {
  const program = `import { askSecret, isAnsweredYes } from ${JSON.stringify(join(import.meta.dirname, 'prompt.ts'))};
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
    ['yes', 'isAnsweredYes', 'yes\n', 'true'],
    ['y', 'isAnsweredYes', ' Y \n', 'true'],
    ['nothing', 'isAnsweredYes', '\n', 'false'],
    ['a secret', 'askSecret', 'geheim\n', 'geheim'],
  ])('and says %s is heard', async (_, call, typed, expected) => {
    expect(await outcomeOf(call, typed)).toBe(expected);
  });

  test.each([
    ['isAnsweredYes', 'false and SIGINT'],
    ['askSecret', 'interrupted and SIGINT'],
  ])('may end %s with Ctrl-C, of which everything else hears too', async (call, expected) => {
    expect(await outcomeOf(call, ctrlC)).toBe(expected);
  });
});

/** What is answered on a terminal of its own, made by script(1). */
function answered(typed: string): string {
  const program = `import { isWordTyped } from ${JSON.stringify(join(import.meta.dirname, 'prompt.ts'))};
    process.stdout.write('<' + (await isWordTyped('Type db to go on:', 'db', '--yes')) + '>');`;
  const line = `"${process.execPath}" --input-type=module -e '${program.replaceAll("'", "'\\''")}'`;
  const { stdout } = spawnSync('script', ['-qec', line, '/dev/null'], { input: typed, encoding: 'utf8' });
  return /<(\w+)>/.exec(stdout)?.[1] ?? stdout;
}

test.each([
  ['db\n', 'true'],
  ['  db \n', 'true'],
  ['\n', 'false'],
  ['DB\n', 'false'],
])('the word of a person who types %j is there: %s', (typed, expected) => {
  expect(answered(typed)).toBe(expected);
});

test('without a terminal nobody is asked, and the flag is named', async () => {
  await expect(isWordTyped('Type db:', 'db', '--yes')).rejects.toMatchObject({
    code: 'usage',
    remedy: expect.stringContaining('--yes'),
  });
});
