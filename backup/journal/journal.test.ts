import { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openJournal, readJournal, segmentsOf } from './journal.ts';
import { planPrune, segmentsAfter } from './segments.ts';
import { type JournalRecord, type Position, start } from './types.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sla-journal-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const day = (number: number): number => Date.UTC(2026, 10, number, 12);

const accepted = (sequence: number, entry = `entry ${sequence} é\u2028🗳`): JournalRecord => ({
  kind: 'accepted',
  sequence,
  atMs: 1000 * sequence,
  entry,
  offset: 10 * sequence,
});

const at = (sequence: number): Position => ({
  ...start,
  source: '000001.gap.1.file',
  offset: 100 * sequence,
  sequence,
});

async function writeVotes(from: number, to: number, now: number): Promise<void> {
  await using journal = await openJournal(folder, () => now);
  for (let sequence = from; sequence <= to; sequence += 1)
    await journal.append([accepted(sequence)], at(sequence));
}

async function sequences(since = 0): Promise<readonly number[]> {
  const found: number[] = [];
  for await (const { records } of readJournal(folder, since))
    for (const record of records) if (record.kind === 'accepted') found.push(record.sequence);
  return found;
}

const pathOf = (index: number): string => join(folder, segmentsOf(folder)[index]?.name ?? '');

test('what was written is read again, character by character', async () => {
  await writeVotes(1, 3, day(1));
  const records: JournalRecord[] = [];
  for await (const batch of readJournal(folder)) records.push(...batch.records);
  expect(records).toEqual([1, 2, 3].map((sequence) => accepted(sequence)));
});

test('a writer that was killed at any byte leaves whole batches, and the next one goes on behind them', async () => {
  await writeVotes(1, 4, day(1));
  const whole = readFileSync(pathOf(0));
  for (let length = 0; length <= whole.length; length += 7) {
    writeFileSync(pathOf(0), whole.subarray(0, length));
    let count = 0;
    {
      await using journal = await openJournal(folder, () => day(1));
      count = journal.position.sequence;
      expect(journal.position).toEqual(count === 0 ? start : at(count));
      await journal.append([accepted(count + 1, 'after')], at(count + 1));
    }
    expect(await sequences()).toEqual(Array.from({ length: count + 1 }, (_, index) => index + 1));
  }
});

test('of a large file only the end is read to go on', async () => {
  const large = 'x'.repeat(600_000);
  {
    await using journal = await openJournal(folder, () => day(1));
    for (let sequence = 1; sequence <= 12; sequence += 1)
      await journal.append([accepted(sequence, large)], at(sequence));
  }
  appendFileSync(pathOf(0), '{"kind":"accepted","sequ');
  await writeVotes(13, 13, day(1));
  expect(await sequences()).toEqual(Array.from({ length: 13 }, (_, index) => index + 1));
});

test('zeros behind the last batch, as after a power failure, are cut off', async () => {
  await writeVotes(1, 2, day(1));
  appendFileSync(pathOf(0), Buffer.alloc(500));
  await writeVotes(3, 3, day(1));
  expect(await sequences()).toEqual([1, 2, 3]);
});

test('a byte that changed is an error that names file and place', async () => {
  await writeVotes(1, 3, day(1));
  const bytes = readFileSync(pathOf(0));
  const place = bytes.indexOf('entry 2');
  bytes[place] = 0x45;
  writeFileSync(pathOf(0), bytes);
  await expect(sequences()).rejects.toMatchObject({
    code: 'journal-damaged',
    message: expect.stringMatching(/\.votes at byte \d+$/),
  });
  await expect(openJournal(folder)).rejects.toMatchObject({ code: 'journal-damaged' });
});

test('each day has a file, and a clock that is set back makes no earlier one', async () => {
  await writeVotes(1, 2, day(1));
  await writeVotes(3, 4, day(2));
  await writeVotes(5, 5, day(1));
  expect(segmentsOf(folder).map(({ name }) => name)).toEqual([
    '000000000000.2026-11-01.votes',
    '000000000002.2026-11-02.votes',
  ]);
  expect(await sequences()).toEqual([1, 2, 3, 4, 5]);
  expect(await sequences(3)).toEqual([3, 4, 5]);
});

test('a day on which the first batch was cut off does not lose the place of the day before', async () => {
  await writeVotes(1, 2, day(1));
  await writeVotes(3, 3, day(2));
  truncateSync(pathOf(1), 10);
  await writeVotes(3, 3, day(2));
  expect(await sequences()).toEqual([1, 2, 3]);
});

test('a second writer is refused, and told who writes', async () => {
  await using _journal = await openJournal(folder);
  await expect(openJournal(folder)).rejects.toMatchObject({ code: 'lab-busy' });
});

const segments = [1, 2, 3, 4].map((number) => ({
  name: `${number}`,
  day: `2026-11-0${number}`,
  afterSequence: (number - 1) * 10,
}));
const namesOf = (found: readonly { readonly name: string }[]) => found.map(({ name }) => name).join('');

test.each([
  [0, '1234'],
  [9, '1234'],
  [10, '234'],
  [35, '4'],
])('votes after %i are looked for in segments %s', (sequence, expected) => {
  expect(namesOf(segmentsAfter(segments, sequence))).toBe(expected);
});

test.each([
  ['no cut is there', undefined, 0, ''],
  ['all is newer than the oldest cut', 5, 0, ''],
  ['the oldest cut is in the third', 25, 0, '12'],
  ['the oldest cut is newer than all, but the newest stays', 1000, 0, '123'],
  ['days that are to be kept', 1000, 8, '1'],
])('pruned when %s', (_, oldestSequence, keepDays, expected) => {
  expect(namesOf(planPrune(segments, { oldestSequence, keepDays, nowMs: day(10) }))).toBe(expected);
});
