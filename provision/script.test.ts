import { expect, it } from 'vitest';
import { type Action, commandOf, scriptOf } from './script.ts';
import { Secret } from './secret.ts';
import type { PutChange } from './types.ts';

const put: PutChange = {
  kind: 'put',
  what: 'write /etc/key',
  path: '/etc/key',
  content: new Secret('hunter2'),
  mode: '0600',
  owner: 'root:root',
};

it('owes a handler before the first change that calls for it, and settles it after it has run', () => {
  const handler = { name: 'restart-db', what: 'restart', run: ['restart', 'db'] };
  const script = scriptOf(
    [
      { kind: 'put', put, owes: ['restart-db'] },
      { kind: 'handle', handler },
    ],
    [],
  );
  const order = [
    'touch /var/lib/sla/owed/restart-db',
    'put /etc/key',
    'restart db',
    'rm -f /var/lib/sla/owed/restart-db',
  ];
  const places = order.map((text) => script.lastIndexOf(text));
  expect(places).not.toContain(-1);
  expect(places).toEqual(places.toSorted((a, b) => a - b));
});

it('owes whatever a handler breaks a restart, before it breaks it', () => {
  const handler = {
    name: 'restart-db',
    what: 'restart',
    run: ['restart', 'db'],
    breaks: ['result'] as const,
  };
  const script = scriptOf([{ kind: 'handle', handler }], []);
  expect(script.indexOf('touch /var/lib/sla/owed/revive-result')).toBeLessThan(script.indexOf('restart db'));
});

it.each<[Action, string]>([
  [{ kind: 'install', packages: ['a', 'b'] }, 'apt-get install a b'],
  [{ kind: 'put', put, owes: [] }, 'put /etc/key 0600 root:root'],
  [{ kind: 'run', run: ['echo', "it's"], owes: [] }, `echo 'it'\\''s'`],
])('names what it does without the content of a file', (action, command) => {
  expect(commandOf(action)).toBe(command);
});

it('quotes the names of packages and files', () => {
  const script = scriptOf([{ kind: 'install', packages: ['a; rm -rf /'] }], []);
  expect(script).toContain("install_packages 'a; rm -rf /'");
});
