import { expect, test } from 'vitest';
import { componentNames, componentOf, components, dependentsOf } from './application.ts';

test('every component is described once, after everything it needs', () => {
  const names = components.map(({ name }) => name);
  expect(names).toEqual(componentNames);
  for (const [index, { needs }] of components.entries())
    for (const need of needs) expect(names.slice(0, index)).toContain(need);
});

test.each([
  ['postgres', ['worker', 'result', 'vote']],
  ['redis', ['worker', 'vote', 'result']],
  ['worker', ['vote', 'result']],
  ['vote', []],
  ['result', []],
] as const)('when %s is down, %j cannot do their work', (name, dependents) => {
  expect(dependentsOf(name)).toEqual(dependents);
});

test('a component that does not exist is a bug', () => {
  expect(() => componentOf('cache' as 'redis')).toThrow('cache');
});
