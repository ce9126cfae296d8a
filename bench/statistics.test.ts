import { expect, test } from 'vitest';
import { summaryOf } from './statistics.ts';

test('the median of an odd number of runs is the one in the middle', () => {
  expect(summaryOf([9, 1, 5])).toEqual({ median: 5, min: 1, max: 9 });
});

test('the median of an even number of runs lies between the two in the middle', () => {
  expect(summaryOf([4, 1, 2, 9])).toEqual({ median: 3, min: 1, max: 9 });
});

test('one run is its own median', () => {
  expect(summaryOf([7])).toEqual({ median: 7, min: 7, max: 7 });
});
