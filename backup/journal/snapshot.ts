import { listpackEntries, unpackLzf } from './listpack.ts';

/** What matters of a snapshot (RDB) that an append-only file begins with. */
export interface Snapshot {
  /** UTC milliseconds, whole seconds; null when it does not tell. */
  readonly atMs: number | null;
  /** Entries of lists of database 0, by key, first to last. A key that is no list, or not there, is missing. */
  readonly lists: Readonly<Record<string, readonly string[]>>;
}

/** Reads the lists of these keys. Throws for what it does not know how to skip: modules of other makers. */
export function readSnapshot(bytes: Buffer, keys: readonly string[]): Snapshot {
  if (bytes.toString('latin1', 0, 5) !== 'REDIS') throw new Error('not a snapshot of Redis');
  const reader = new SnapshotReader(bytes);
  const lists: Record<string, readonly string[]> = {};
  let database = 0;
  let atMs: number | null = null;
  for (;;) {
    const code = reader.byte();
    if (code === opcode.end) return { atMs, lists };
    if (code === opcode.database) database = reader.length();
    else if (code === opcode.about) {
      const [name, value] = [reader.text(), reader.text()];
      if (name === 'ctime') atMs = Number(value) * 1000;
    } else if (code in besideKeys) besideKeys[code]?.(reader);
    else {
      const key = reader.text();
      if (database === 0 && keys.includes(key) && isList(code)) lists[key] = listOf(reader, code);
      else skipValue(reader, code);
    }
  }
}

const opcode = { about: 0xfa, database: 0xfe, end: 0xff } as const;

/** What stands between keys, by its code. */
const besideKeys: Readonly<Record<number, (reader: SnapshotReader) => void>> = {
  244: (reader) => times(3, () => reader.length()),
  245: (reader) => reader.string(),
  247: (reader) => {
    reader.length();
    skipModule(reader);
  },
  248: (reader) => reader.length(),
  249: (reader) => reader.skip(1),
  251: (reader) => times(2, () => reader.length()),
  252: (reader) => reader.skip(8),
  253: (reader) => reader.skip(4),
};

const listType = { plain: 1, quicklist: 18 } as const;

const isList = (type: number): boolean => type === listType.plain || type === listType.quicklist;

function listOf(reader: SnapshotReader, type: number): readonly string[] {
  const entries: string[] = [];
  times(reader.length(), () => {
    if (type === listType.plain) return void entries.push(reader.text());
    const isPacked = reader.length() === 2;
    if (!isPacked) return void entries.push(reader.text());
    for (const entry of listpackEntries(reader.string())) entries.push(entry);
  });
  return entries;
}

function skipValue(reader: SnapshotReader, type: number): void {
  const skip = values[type];
  if (!skip) throw new Error(`a snapshot holds a value of a type that is not known here: ${type}`);
  skip(reader);
}

const one = (reader: SnapshotReader): void => void reader.string();
const strings =
  (each: number) =>
  (reader: SnapshotReader): void =>
    times(reader.length() * each, () => reader.string());

const values: Readonly<Record<number, (reader: SnapshotReader) => void>> = {
  0: one,
  1: strings(1),
  2: strings(1),
  4: strings(2),
  5: (reader) =>
    times(reader.length(), () => {
      reader.string();
      reader.skip(8);
    }),
  7: (reader) => {
    reader.length();
    skipModule(reader);
  },
  ...Object.fromEntries([9, 10, 11, 12, 13, 16, 17, 20].map((type) => [type, one])),
  14: strings(1),
  15: (reader) => skipStream(reader, 1),
  18: (reader) => void listOf(reader, listType.quicklist),
  19: (reader) => skipStream(reader, 2),
  21: (reader) => skipStream(reader, 3),
  24: (reader) => {
    reader.skip(8);
    times(reader.length(), () => {
      reader.length();
      reader.string();
      reader.string();
    });
  },
  25: (reader) => {
    reader.skip(8);
    reader.string();
  },
};

function skipModule(reader: SnapshotReader): void {
  for (;;) {
    const code = reader.length();
    if (code === 0) return;
    if (code === 3 || code === 4) reader.skip(code === 3 ? 4 : 8);
    else if (code === 5) reader.string();
    else reader.length();
  }
}

function skipStream(reader: SnapshotReader, version: 1 | 2 | 3): void {
  strings(2)(reader);
  times(version === 1 ? 3 : 8, () => reader.length());
  times(reader.length(), () => {
    reader.string();
    times(version === 1 ? 2 : 3, () => reader.length());
    times(reader.length(), () => {
      reader.skip(24);
      reader.length();
    });
    times(reader.length(), () => {
      reader.string();
      reader.skip(version === 3 ? 16 : 8);
      reader.skip(16 * reader.length());
    });
  });
}

function times(count: number, act: () => unknown): void {
  for (let done = 0; done < count; done += 1) act();
}

class SnapshotReader {
  readonly #bytes: Buffer;
  // Behind the name and the version.
  #at = 9;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  byte(): number {
    const value = this.#bytes.readUInt8(this.#at);
    this.#at += 1;
    return value;
  }

  skip(count: number): void {
    this.#at += count;
  }

  length(): number {
    const { value, isEncoding } = this.#prefix();
    if (isEncoding) throw new Error('a snapshot has a string where a length belongs');
    return value;
  }

  string(): Buffer {
    const { value, isEncoding } = this.#prefix();
    if (!isEncoding) return this.#take(value);
    if (value < 3) return Buffer.from(`${this.#take(2 ** value).readIntLE(0, 2 ** value)}`);
    if (value > 3) throw new Error(`a snapshot has a string of an encoding that is not known here: ${value}`);
    const packed = this.length();
    const length = this.length();
    return unpackLzf(this.#take(packed), length);
  }

  text(): string {
    return this.string().toString('utf8');
  }

  #take(count: number): Buffer {
    if (this.#at + count > this.#bytes.length) throw new Error('a snapshot ends too early');
    this.#at += count;
    return this.#bytes.subarray(this.#at - count, this.#at);
  }

  #prefix(): { readonly value: number; readonly isEncoding: boolean } {
    const first = this.byte();
    const [kind, low] = [first >> 6, first & 0x3f];
    if (kind === 0 || kind === 3) return { value: low, isEncoding: kind === 3 };
    if (kind === 1) return { value: (low << 8) | this.byte(), isEncoding: false };
    const wide = first === 0x81 ? Number(this.#take(8).readBigUInt64BE()) : this.#take(4).readUInt32BE();
    return { value: wide, isEncoding: false };
  }
}
