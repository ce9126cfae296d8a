import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { quoteArgv, quoteWord } from './shell.ts';

const nasty = [
  '',
  ' ',
  "'",
  "''",
  "it's",
  '"',
  '\\',
  '\\n',
  '$HOME',
  '`id`',
  '$(id)',
  '*',
  '~',
  '#',
  ';',
  '&&',
  '|',
  '>',
  '!',
  '{a,b}',
  '[a]',
  'two words',
  'two\nlines',
  'trailing newline\n',
  'tab\there',
  '-n',
  '--flag=value with blank',
  'é → 漢字 🙂',
  '%s%d',
  "SELECT count(*) FROM votes WHERE id = 'x'",
  "'\\''",
];

const words = (line: string): readonly string[] =>
  execFileSync('sh', ['-c', `printf '%s\\0' ${line}`], { encoding: 'utf8' })
    .split('\0')
    .slice(0, -1);

test('a shell gives back every word as it was', () => {
  expect(words(quoteArgv(nasty))).toEqual(nasty);
});

test('a line that is quoted again survives a shell inside a shell', () => {
  const inner = quoteArgv(['printf', '%s\\0', ...nasty]);
  const printed = execFileSync('sh', ['-c', quoteArgv(['sh', '-c', inner])], { encoding: 'utf8' });
  expect(printed.split('\0').slice(0, -1)).toEqual(nasty);
});

test('any mixture of special characters survives', () => {
  const alphabet = [...'\'"\\$`!*?[]{}()<>|&;#~= \n\tabc'];
  const random = sequence(7);
  const mixtures = Array.from({ length: 300 }, () =>
    Array.from({ length: random(12) }, () => alphabet[random(alphabet.length)]).join(''),
  );
  expect(words(quoteArgv(mixtures))).toEqual(mixtures);
});

test.each(['systemctl', '/usr/bin/env', 'a=b', 'redis-server.service', 'user@host:22', '50%', '-o', 'a,b+c'])(
  'the harmless word %s stays bare',
  (word) => {
    expect(quoteWord(word)).toBe(word);
  },
);

/** The same numbers at every run, each below its limit. */
function sequence(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (state * 1103515245 + 12345) % 2 ** 31;
    return Math.floor((state / 2 ** 31) * limit);
  };
}
