import type { Bucket } from './types.ts';

/**
 * The sum of a set of rows: each row is hashed twice under different seeds to 64 bits, and each of the two lanes
 * is added up modulo 2^64; written as 32 hexadecimal digits, first lane first.
 *
 * Why a sum: it does not depend on the order, it can be taken in pieces (parallel workers, buckets), and equal
 * rows do not cancel out, as they do in pairs under XOR.
 * Why of the whole row at once: a hash that adds up the columns (as hash_record_extended does: 31 · h + column)
 * makes the sum blind to two rows that exchange a value.
 *
 * Bound: two different multisets of rows have the same sum with a probability of at most 2^-128 for each pair
 * compared, if the hash behaves like a random function; 4^k times that if every row that differs does so by a
 * multiple of 2^k copies. Row counts are compared too. It guards against accidents, not against somebody who
 * searches for a collision: the hash (PostgreSQL's hash_bytes_extended, Jenkins' lookup3) is not cryptographic.
 *
 * "The last fingerprint plus the votes accepted since" needs only: subtract the old row's hash, add the new one's.
 */
export type Sum = string;

const lane = 1n << 64n;

export const emptySum: Sum = '0'.repeat(32);

/** `lanes` are decimal integers of any size and sign, as PostgreSQL's `sum(bigint)` gives them. */
export const sumOf = (...lanes: readonly [string, string]): Sum =>
  lanes.map((text) => hexOf(BigInt(text))).join('');

export const addSums = (left: Sum, right: Sum): Sum =>
  [0, 16].map((at) => hexOf(laneOf(left, at) + laneOf(right, at))).join('');

/** Rows and sum of a whole table, whatever its buckets are. */
export function totalOf(buckets: readonly Bucket[]): { readonly rows: number; readonly sum: Sum } {
  let rows = 0;
  let sum = emptySum;
  for (const bucket of buckets) {
    rows += bucket.rows;
    sum = addSums(sum, bucket.sum);
  }
  return { rows, sum };
}

const laneOf = (sum: Sum, at: number): bigint => BigInt(`0x${sum.slice(at, at + 16)}`);

const hexOf = (value: bigint): string => (((value % lane) + lane) % lane).toString(16).padStart(16, '0');
