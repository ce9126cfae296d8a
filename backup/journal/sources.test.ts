import { expect, test } from 'vitest';
import { parseManifest } from './manifest.ts';
import { jointOf, noteEnd } from './sources.ts';

const text = `file appendonly.aof.3.base.rdb seq 3 type b
file appendonly.aof.2.incr.aof seq 2 type h startoffset 0 endoffset 92
file appendonly.aof.4.incr.aof seq 4 type i startoffset 300
file appendonly.aof.3.incr.aof seq 3 type i startoffset 92 endoffset 250
`;

test('a manifest gives the snapshot and what follows it, in its order and without what is history', () => {
  expect(parseManifest(text)).toEqual({
    base: { name: 'appendonly.aof.3.base.rdb', sequence: 3 },
    increments: [
      { name: 'appendonly.aof.3.incr.aof', sequence: 3, startOffset: 92, endOffset: 250 },
      { name: 'appendonly.aof.4.incr.aof', sequence: 4, startOffset: 300 },
    ],
  });
});

const last = { name: '000007.gap.1.appendonly.aof.3.incr.aof' };
const next = (startOffset?: number) => ({
  name: 'appendonly.aof.4.incr.aof',
  sequence: 4,
  ...(startOffset !== undefined && { startOffset }),
});

test.each([
  ['at the very offset', 250, 'next'],
  ['with a sign of life in between', 264, 'next'],
  ['with room for a vote in between', 290, 'gap'],
  ['before the end', 249, 'back'],
  ['at an offset that is not told', undefined, 'gap'],
])('a file that begins %s', (_, startOffset, expected) => {
  expect(jointOf(next(startOffset), last, new Map([['appendonly.aof.3.incr.aof', 250]]))).toBe(expected);
});

test('a file behind one of which the end is not known has a gap before it', () => {
  expect(jointOf(next(250), last, new Map())).toBe('gap');
  expect(jointOf(next(250), undefined, new Map())).toBe('gap');
});

test('an end that Redis only guessed from the size of the file is not believed', () => {
  const ends = new Map<string, number>();
  const file = { name: 'x', sequence: 1, startOffset: 100 };
  noteEnd(ends, { ...file, endOffset: 180 }, 95);
  expect(ends.get('x')).toBe(180);
  noteEnd(ends, { ...file, endOffset: 195 }, 95);
  expect(ends.get('x')).toBeUndefined();
});
