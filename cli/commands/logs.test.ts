import { expect, test } from 'vitest';
import { logArgv } from './logs.ts';

type Given = Parameters<typeof logArgv>;

test.each<[string, Given, readonly string[]]>([
  ['the journal of a host', ['db', undefined, 100, undefined], ['--lines', '100']],
  [
    'a component that is a unit',
    ['db', 'postgres', 5, undefined],
    ['--lines', '5', '--unit', 'postgresql@17-main.service'],
  ],
  ['any other unit', ['app', 'ssh.service', 5, undefined], ['--lines', '5', '--unit', 'ssh.service']],
  [
    'a component of another host is a unit like any',
    ['app', 'postgres', 5, undefined],
    ['--lines', '5', '--unit', 'postgres'],
  ],
  [
    'since a time',
    ['app', 'worker', 5, '10 minutes ago'],
    ['--lines', '5', '--since', '10 minutes ago', '--unit', 'worker.service'],
  ],
])('%s', (_, given, words) => {
  expect(logArgv(...given)).toEqual(['journalctl', '--no-pager', '--quiet', '--output=short-iso', ...words]);
});

test('a component that is a container has its log in the engine', () => {
  expect(logArgv('app', 'vote', 20, undefined)).toEqual([
    ...['docker', 'logs', '--timestamps', '--tail', '20', 'vote'],
  ]);
});

test('the time since when stands for the same in an engine as in a journal', () => {
  expect(logArgv('app', 'vote', 20, 'yesterday')).toEqual([
    ...['sh', '-c', expect.stringContaining('date --date="$1"'), 'vote', 'yesterday'],
    ...['docker', 'logs', '--timestamps', '--tail', '20'],
  ]);
});
