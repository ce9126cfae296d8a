import { expect, test } from 'vitest';
import { randomFrom } from '../../core/random.ts';
import { AofReader, type AofRecord, NotAof } from './aof.ts';

const command = (...words: readonly string[]): Buffer =>
  Buffer.concat([
    Buffer.from(`*${words.length}\r\n`),
    ...words.map((word) => Buffer.from(`$${Buffer.byteLength(word)}\r\n${word}\r\n`)),
  ]);

const wordsOf = (records: readonly AofRecord[]) =>
  records.map((record) => (record.kind === 'time' ? record.atMs : record.words.map(String)));

/** A file with all that may stand in one, from a seed. */
function randomFile(seed: number) {
  const { below, pick } = randomFrom(seed);
  const odd = ['', 'x', 'RPUSH', 'é\u2028\r\n$3\r\n*1\r\n#TS:1\r\n', '🗳', '\0', 'y'.repeat(below(300))];
  const pieces = Array.from({ length: 1 + below(30) }, () =>
    below(4) === 0
      ? Buffer.from(`#TS:${1_700_000_000 + below(1000)}\r\n`)
      : command(...Array.from({ length: 1 + below(4) }, () => pick(odd))),
  );
  return Buffer.concat(pieces);
}

function readInPieces(file: Buffer, seed: number): readonly AofRecord[] {
  const { below } = randomFrom(seed);
  const reader = new AofReader();
  const records: AofRecord[] = [];
  for (let at = 0; at < file.length; ) {
    const end = Math.min(file.length, at + 1 + below(below(2) === 0 ? 3 : 200));
    records.push(...reader.feed(file.subarray(at, end)));
    at = end;
  }
  return records;
}

test('any split of any file gives the same records, at the same places', () => {
  for (let seed = 0; seed < 300; seed += 1) {
    const file = randomFile(seed);
    const whole = new AofReader().feed(file);
    expect(readInPieces(file, seed + 1), `seed ${seed}`).toEqual(whole);
    expect(whole.at(-1)?.end).toBe(file.length);
    expect(whole.slice(1).map(({ offset }) => offset)).toEqual(whole.slice(0, -1).map(({ end }) => end));
  }
});

test('a file cut at any byte gives the records that are whole, and no error', () => {
  const file = randomFile(7);
  const whole = new AofReader().feed(file);
  for (let length = 0; length < file.length; length += 1) {
    const records = new AofReader().feed(file.subarray(0, length));
    expect(records).toEqual(whole.filter(({ end }) => end <= length));
  }
});

test('reading goes on in the middle of a file, at the offset of any record', () => {
  const file = randomFile(11);
  const whole = new AofReader().feed(file);
  for (const [index, { offset }] of whole.entries())
    expect(new AofReader(offset).feed(file.subarray(offset))).toEqual(whole.slice(index));
});

test('annotations other than a time are passed over', () => {
  const file = Buffer.concat([Buffer.from('#TS:12\r\n#hello\r\n'), command('PING')]);
  expect(wordsOf(new AofReader().feed(file))).toEqual([12_000, ['PING']]);
});

test.each([
  ['a byte that begins nothing', Buffer.from('GET x\r\n')],
  ['zeros, as after a power failure', Buffer.alloc(64)],
  ['a length that is none', Buffer.from('*x\r\n')],
  ['a command without words', Buffer.from('*0\r\n')],
  ['a word that is longer than it says', Buffer.from('*1\r\n$2\r\nabcd\r\n')],
  ['a length that does not end', Buffer.from(`*${'1'.repeat(40)}`)],
])('%s is an error that tells where it stands', (_, garbage) => {
  const before = command('RPUSH', 'votes', 'x');
  const read = () => new AofReader(1000).feed(Buffer.concat([before, garbage]));
  expect(read).toThrow(NotAof);
  expect(read).toThrow(expect.objectContaining({ offset: 1000 + before.length }));
});
