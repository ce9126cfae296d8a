import { expect, test } from 'vitest';
import {
  bytesOfLsn,
  parseSegment,
  runsOf,
  segmentFrom,
  segmentName,
  segmentNumberAt,
  segmentNumberUpTo,
} from './segments.ts';

test.each([
  ['000000010000000000000001', { timeline: 1, number: 1 }],
  ['0000000100000000000000FF', { timeline: 1, number: 255 }],
  ['000000010000000100000000', { timeline: 1, number: 256 }],
  ['0000001F0000A00100000010', { timeline: 31, number: 0xa001 * 256 + 16 }],
])('%s is a segment and is named so again', (name, segment) => {
  expect(parseSegment(name)).toEqual(segment);
  expect(segmentName(segment)).toBe(name);
});

test.each([
  '00000002.history',
  '000000010000000000000001.partial',
  '000000010000000000000002.00000028.backup',
  // Of segments of another size.
  '000000010000000000000100',
  '',
])('%s is no segment', (name) => {
  expect(parseSegment(name)).toBeUndefined();
  expect(() => segmentFrom(name)).toThrow('no WAL segment');
});

test.each([
  ['0/0', 0, 0],
  ['0/1000000', 1, 0],
  ['0/1000001', 1, 1],
  ['0/1FFFFFF', 1, 1],
  ['1/0', 256, 255],
  ['16/B374D848', 0x16 * 256 + 0xb3, 0x16 * 256 + 0xb3],
])('%s lies in segment %i, and what was written up to it ends in %i', (lsn, at, upTo) => {
  expect([segmentNumberAt(lsn), segmentNumberUpTo(lsn)]).toEqual([at, upTo]);
});

test('positions are compared as numbers, not as text', () => {
  expect(bytesOfLsn('A/0') > bytesOfLsn('9/FFFFFFFF')).toBe(true);
  expect(bytesOfLsn('10/0') > bytesOfLsn('9/0')).toBe(true);
});

test('a run ends at a gap and at the end of a timeline, and goes on over the end of a log', () => {
  expect(
    runsOf([
      '000000010000000000000005',
      '0000000100000000000000FE',
      '0000000100000000000000FF',
      '000000010000000100000000',
      '000000010000000000000004',
      '000000010000000000000004',
      '000000020000000100000001',
    ]),
  ).toEqual([
    { first: '000000010000000000000004', last: '000000010000000000000005' },
    { first: '0000000100000000000000FE', last: '000000010000000100000000' },
    { first: '000000020000000100000001', last: '000000020000000100000001' },
  ]);
  expect(runsOf([])).toEqual([]);
});
