import { expect, test } from 'vitest';
import { nearest } from './nearest.ts';

const commands = ['up', 'down', 'status', 'doctor', 'vote', 'ssh', 'logs', 'test', 'version'];

test.each([
  ['stauts', 'status'],
  ['dwon', 'down'],
  ['docter', 'doctor'],
  ['VOTE', 'vote'],
  ['log', 'logs'],
  ['pu', undefined],
  ['destroy', undefined],
  ['', undefined],
])('"%s" among the commands means %s', (word, meant) => {
  expect(nearest(word, commands)).toBe(meant);
});

test('case does not count on either side', () => {
  expect(nearest('memorymb', ['cpus', 'memoryMb', 'diskGb'])).toBe('memoryMb');
  expect(nearest('MEMORYMB', ['cpus', 'memoryMb', 'diskGb'])).toBe('memoryMb');
});

test('a letter is not near another letter', () => {
  expect(nearest('c', ['A', 'B'])).toBeUndefined();
});

test('of two that are near, the nearer wins', () => {
  expect(nearest('--jsn', ['--lab', '--json'])).toBe('--json');
});

test('among none, none is meant', () => {
  expect(nearest('x', [])).toBeUndefined();
});
