import { crc32 } from 'node:zlib';
import type { JournalRecord, Position, Read } from './types.ts';

/** A batch as it is written: its records, then what ends it. ASCII only, so that a piece of it can be cut anywhere. */
export function writeBatch(records: readonly JournalRecord[], to: Position): string {
  const lines = records.map((record) => `${asciiJson(record)}\n`).join('');
  const read: Read = { kind: 'read', ...to, crc: crc32(lines) };
  return `${lines}${asciiJson(read)}\n`;
}

/** U+2028 and the like would end a line for some readers, and a character of several bytes can be cut in two. */
const asciiJson = (value: unknown): string =>
  JSON.stringify(value).replace(
    /[^\x20-\x7e]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/** A batch that came whole. */
export interface Batch {
  readonly records: readonly JournalRecord[];
  readonly read: Read;
  /** Bytes of it, and of all batches before it. */
  readonly end: number;
}

/** Not what `writeBatch` wrote; `offset` is where the batch begins. */
export class NotJournal extends Error {
  readonly offset: number;

  constructor(offset: number, what: string) {
    super(what);
    this.name = 'NotJournal';
    this.offset = offset;
  }
}

/** Reads a segment in pieces; what stands behind the last whole batch was never counted. */
export class BatchReader {
  #rest = '';
  #lines: string[] = [];
  #end: number;
  #bytes = 0;

  /** `offset` of the first byte that will be fed, between two batches. */
  constructor(offset = 0) {
    this.#end = offset;
  }

  /** The batches that end in this piece. Throws `NotJournal`. */
  feed(piece: string): readonly Batch[] {
    const lines = (this.#rest + piece).split('\n');
    this.#rest = lines.pop() ?? '';
    return lines.flatMap((line) => this.#take(line));
  }

  #take(line: string): readonly Batch[] {
    this.#bytes += line.length + 1;
    if (!line.startsWith('{"kind":"read"')) {
      this.#lines.push(line);
      return [];
    }
    const read = this.#parsed(line) as Read;
    const text = this.#lines.map((one) => `${one}\n`).join('');
    if (crc32(text) !== read.crc) throw new NotJournal(this.#end, 'its checksum is another one');
    const records = this.#lines.map((one) => this.#parsed(one));
    this.#end += this.#bytes;
    this.#lines = [];
    this.#bytes = 0;
    return [{ records, read, end: this.#end }];
  }

  #parsed(line: string): JournalRecord {
    try {
      return JSON.parse(line) as JournalRecord;
    } catch {
      throw new NotJournal(this.#end, 'a line is no JSON');
    }
  }
}
