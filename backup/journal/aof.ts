/** What stands in an append-only file of Redis; `offset` is where it begins, `end` where the next begins. */
export type AofRecord =
  | {
      readonly kind: 'command';
      readonly words: readonly Buffer[];
      readonly offset: number;
      readonly end: number;
    }
  /** All that follows was written at this second or later. */
  | { readonly kind: 'time'; readonly atMs: number; readonly offset: number; readonly end: number };

/** Not what Redis writes; `offset` is where the record that cannot be read begins. */
export class NotAof extends Error {
  readonly offset: number;

  constructor(offset: number, what: string) {
    super(what);
    this.name = 'NotAof';
    this.offset = offset;
  }
}

/**
 * Reads an append-only file in pieces of any size. A record that has not come whole is not yet there: the next
 * piece may complete it, and a file that ends within one ends before it.
 */
export class AofReader {
  #rest: Buffer = Buffer.alloc(0);
  #offset: number;

  /** `offset`: that of the first byte that will be fed, between two records. */
  constructor(offset = 0) {
    this.#offset = offset;
  }

  /** The records that end in this piece. Throws `NotAof`. */
  feed(piece: Buffer): readonly AofRecord[] {
    const bytes = this.#rest.length === 0 ? piece : Buffer.concat([this.#rest, piece]);
    const records: AofRecord[] = [];
    let at = 0;
    for (;;) {
      const found = recordAt(bytes, at, this.#offset);
      if (!found) break;
      if (found.record) records.push(found.record);
      at = found.next;
    }
    this.#rest = Buffer.from(bytes.subarray(at));
    this.#offset += at;
    return records;
  }
}

interface Found {
  /** None for an annotation that says nothing to us. */
  readonly record?: AofRecord;
  readonly next: number;
}

/** `at` is a place in `bytes`, whose first byte has the offset `base` in the file. */
function recordAt(bytes: Buffer, at: number, base: number): Found | undefined {
  const first = bytes[at];
  if (first === undefined) return undefined;
  if (first === hash) return annotationAt(bytes, at, base);
  if (first !== star) throw new NotAof(base + at, `a record begins with byte ${first}`);
  return commandAt(bytes, at, base);
}

function annotationAt(bytes: Buffer, at: number, base: number): Found | undefined {
  const line = lineAt(bytes, at, 1024, base + at);
  if (!line) return undefined;
  const [, seconds] = /^#TS:(\d{1,12})$/.exec(line.text) ?? [];
  if (seconds === undefined) return { next: line.next };
  const record = {
    kind: 'time',
    atMs: Number(seconds) * 1000,
    offset: base + at,
    end: base + line.next,
  } as const;
  return { record, next: line.next };
}

function commandAt(bytes: Buffer, at: number, base: number): Found | undefined {
  const head = lengthAt(bytes, at, star, base + at);
  if (!head) return undefined;
  if (head.length === 0) throw new NotAof(base + at, 'a command has no words');
  const words: Buffer[] = [];
  let next = head.next;
  while (words.length < head.length) {
    const word = lengthAt(bytes, next, dollar, base + at);
    if (!word) return undefined;
    const end = word.next + word.length;
    if (bytes.length < end + 2) return undefined;
    if (bytes[end] !== carriageReturn || bytes[end + 1] !== lineFeed)
      throw new NotAof(base + at, 'a word is not as long as it says');
    words.push(bytes.subarray(word.next, end));
    next = end + 2;
  }
  return { record: { kind: 'command', words, offset: base + at, end: base + next }, next };
}

/** A line like `*3` or `$11`. */
function lengthAt(
  bytes: Buffer,
  at: number,
  mark: number,
  offset: number,
): { readonly length: number; readonly next: number } | undefined {
  const first = bytes[at];
  if (first === undefined) return undefined;
  if (first !== mark) throw new NotAof(offset, `a length begins with byte ${first}`);
  const line = lineAt(bytes, at, 16, offset);
  if (!line) return undefined;
  const length = Number(line.text.slice(1));
  if (!/^.\d{1,10}$/.test(line.text) || length > maxLength)
    throw new NotAof(offset, `"${line.text}" is no length`);
  return { length, next: line.next };
}

function lineAt(
  bytes: Buffer,
  at: number,
  maxBytes: number,
  offset: number,
): { readonly text: string; readonly next: number } | undefined {
  const end = bytes.indexOf('\r\n', at, 'latin1');
  const isTooLong = (end < 0 ? bytes.length : end) - at > maxBytes;
  if (isTooLong) throw new NotAof(offset, 'a line does not end');
  return end < 0 ? undefined : { text: bytes.toString('latin1', at, end), next: end + 2 };
}

const [star, dollar, hash, carriageReturn, lineFeed] = [0x2a, 0x24, 0x23, 0x0d, 0x0a];

/** Redis takes no longer word, and no command of more words. */
const maxLength = 1024 * 1024 * 1024;
