import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isConfirmed } from './confirm.ts';

const confirm = join(import.meta.dirname, 'confirm.ts');

/** What is answered on a terminal of its own, made by script(1). */
function answered(typed: string): string {
  const program = `import { isConfirmed } from ${JSON.stringify(confirm)};
    process.stdout.write('<' + (await isConfirmed('Type db to go on:', 'db', '--yes')) + '>');`;
  const line = `"${process.execPath}" --input-type=module -e '${program.replaceAll("'", "'\\''")}'`;
  const { stdout } = spawnSync('script', ['-qec', line, '/dev/null'], { input: typed, encoding: 'utf8' });
  return /<(\w+)>/.exec(stdout)?.[1] ?? stdout;
}

test.each([
  ['db\n', 'true'],
  ['  db \n', 'true'],
  ['\n', 'false'],
  ['DB\n', 'false'],
])('of a person who types %j is %s', (typed, expected) => {
  expect(answered(typed)).toBe(expected);
});

test('without a terminal nobody is asked, and the flag is named', async () => {
  await expect(isConfirmed('Type db:', 'db', '--yes')).rejects.toMatchObject({
    code: 'usage',
    remedy: expect.stringContaining('--yes'),
  });
});
