import { expect, test } from 'vitest';
import { countText, shares } from './public/shares.js';

const cases = [
  { says: 'nobody voted: halves', votes: { a: 0, b: 0 }, expected: { a: 50, b: 50 } },
  { says: 'one side has all', votes: { a: 7, b: 0 }, expected: { a: 100, b: 0 } },
  { says: 'thirds still make one hundred', votes: { a: 1, b: 2 }, expected: { a: 33.3, b: 66.7 } },
  {
    says: 'a rounded tie still makes one hundred',
    votes: { a: 1001, b: 999 },
    expected: { a: 50.1, b: 49.9 },
  },
];

test.each(cases)('$says', ({ votes, expected }) => {
  expect(shares(votes)).toEqual(expected);
});

test.each([
  [0, '0 votes'],
  [1, '1 vote'],
  [1234, '1,234 votes'],
])('%i reads "%s"', (votes, text) => {
  expect(countText(votes)).toBe(text);
});
