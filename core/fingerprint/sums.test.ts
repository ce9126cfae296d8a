import { expect, test } from 'vitest';
import { addSums, emptySum, sumOf, totalOf } from './sums.ts';

test('sums of PostgreSQL are taken modulo 2^64, lane by lane', () => {
  expect(sumOf('-1', '0')).toBe(`${'f'.repeat(16)}${'0'.repeat(16)}`);
  expect(sumOf(`${2n ** 64n + 5n}`, `${-(2n ** 65n) - 2n}`)).toBe('0000000000000005fffffffffffffffe');
});

test('one lane does not run over into the other', () => {
  expect(addSums(sumOf('0', '-1'), sumOf('0', '1'))).toBe(emptySum);
});

test('the total of the buckets does not depend on what is in which', () => {
  const [a, b, c] = [sumOf('1', '-7'), sumOf('-9', '3'), sumOf('12', '13')];
  const apart = [a, b, c].map((sum, bucket) => ({ bucket, rows: 1, sum }));
  const together = [{ bucket: 0, rows: 3, sum: addSums(c, addSums(b, a)) }];
  expect(totalOf(apart)).toEqual(totalOf(together));
});
