import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { type FileHandle, open, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { SlaError } from '../../core/errors.ts';
import { holderHere, takeLock } from '../../core/lock.ts';
import { flush } from '../../core/state.ts';
import { type Batch, BatchReader, NotJournal, writeBatch } from './lines.ts';
import { dayOf, type Segment, segmentName, segmentsAfter, segmentsAmong } from './segments.ts';
import { start as begin, type JournalRecord, type Position } from './types.ts';

/** The journal while one process writes it. */
export interface Journal extends AsyncDisposable {
  readonly folder: string;
  /** Up to where it is on the disk. */
  readonly position: Position;
  /** On the disk when it returns, all or nothing. */
  append(records: readonly JournalRecord[], to: Position): Promise<void>;
}

/**
 * Opens the journal of a folder to be written; what a killed writer did not end is cut off. Errors: `lab-busy` while
 * another process writes it, `journal-damaged`.
 */
export async function openJournal(folder: string, now: () => number = Date.now): Promise<Journal> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const lock = takeLock(join(folder, 'lock'), 'the journal of votes', holderHere('follow the votes'));
  try {
    return await writable(folder, lock, await recover(folder), now);
  } catch (thrown) {
    lock[Symbol.dispose]();
    throw thrown;
  }
}

async function writable(
  folder: string,
  lock: Disposable,
  recovered: Position,
  now: () => number,
): Promise<Journal> {
  let position = recovered;
  let current: { readonly day: string; readonly file: FileHandle } | undefined;
  const fileOf = async (day: string): Promise<FileHandle> => {
    if (current?.day === day) return current.file;
    await current?.file.close();
    const newest = segmentsOf(folder).at(-1);
    // Never back to an earlier file when the clock is set back: names sort as they are written.
    const isAhead = newest !== undefined && newest.day >= day;
    const name = isAhead ? newest.name : segmentName(day, position.sequence);
    current = { day, file: await open(join(folder, name), 'a', 0o600) };
    flush(folder);
    return current.file;
  };
  return {
    folder,
    get position() {
      return position;
    },
    async append(records, to) {
      const file = await fileOf(dayOf(now()));
      await file.appendFile(writeBatch(records, to));
      await file.datasync();
      position = to;
    },
    [Symbol.asyncDispose]: async () => {
      await current?.file.close();
      lock[Symbol.dispose]();
    },
  };
}

/** Where reading goes on, once the newest segment ends with a whole batch. */
async function recover(folder: string): Promise<Position> {
  const segments = segmentsOf(folder);
  for (const segment of segments.toReversed()) {
    const last = await lastBatch(folder, segment);
    if (segment === segments.at(-1)) await truncate(join(folder, segment.name), last?.end ?? 0);
    if (last) return positionOf(last);
  }
  return begin;
}

/** Read from near the end: a day may hold a million votes. */
async function lastBatch(folder: string, segment: Segment): Promise<Batch | undefined> {
  let last: Batch | undefined;
  const from = await lateBoundary(join(folder, segment.name));
  for await (const batch of batchesOf(folder, segment, from)) last = batch;
  return last;
}

const lateBytes = 4 * 1024 * 1024;

/** The end of a batch not far from the end of the file; 0 when there is none. */
async function lateBoundary(path: string): Promise<number> {
  await using file = await open(path);
  const from = (await file.stat()).size - lateBytes;
  if (from <= 0) return 0;
  const { buffer, bytesRead } = await file.read(Buffer.alloc(lateBytes), 0, lateBytes, from);
  const line = buffer.subarray(0, bytesRead).indexOf('\n{"kind":"read"');
  const end = line < 0 ? -1 : buffer.indexOf('\n', line + 1);
  return end < 0 ? 0 : from + end + 1;
}

const positionOf = ({ read: { kind: _kind, crc: _crc, ...position } }: Batch): Position => position;

export const segmentsOf = (folder: string): readonly Segment[] =>
  existsSync(folder) ? segmentsAmong(readdirSync(folder)) : [];

/** Reads whole batches, oldest first, beginning at or before the vote behind `sequence`. Error: `journal-damaged`. */
export async function* readJournal(folder: string, sequence = 0): AsyncGenerator<Batch> {
  for (const segment of segmentsAfter(segmentsOf(folder), sequence)) yield* batchesOf(folder, segment);
}

async function* batchesOf(folder: string, { name }: Segment, start = 0): AsyncGenerator<Batch> {
  const path = join(folder, name);
  const reader = new BatchReader(start);
  const file = await open(path);
  try {
    for await (const piece of file.createReadStream({ start, encoding: 'latin1', highWaterMark: 256 * 1024 }))
      yield* reader.feed(piece);
  } catch (thrown) {
    throw thrown instanceof NotJournal ? damaged(path, thrown) : thrown;
  } finally {
    await file.close().catch(() => undefined);
  }
}

const damaged = (path: string, { offset, message }: NotJournal): SlaError =>
  new SlaError('journal-damaged', `the journal of votes is damaged: ${path} at byte ${offset}`, {
    cause: message,
  });
