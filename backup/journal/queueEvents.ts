import type { AofRecord } from './aof.ts';
import { queueKey } from './types.ts';

/** What a command did to the queue of votes. */
export type QueueEvent =
  | {
      readonly kind: 'accepted';
      readonly atMs: number | null;
      readonly offset: number;
      readonly entry: string;
      readonly isFirst: boolean;
    }
  | {
      readonly kind: 'popped';
      readonly atMs: number | null;
      readonly from: 'head' | 'tail';
      readonly count: number;
    }
  | { readonly kind: 'wiped' | 'unclear' | 'foreign'; readonly atMs: number | null; readonly how: string };

/** Where the interpreter stands between two records outside of a transaction. */
export interface Standing {
  readonly database: number;
  readonly atMs: number | null;
  /** End of the last record that counts. */
  readonly offset: number;
}

export interface Interpreter {
  readonly standing: Standing;
  /** What a record did. What stands in a transaction comes with its EXEC. */
  take(record: AofRecord): readonly QueueEvent[];
}

/**
 * Follows the commands of an append-only file. Votes are accepted by RPUSH, LPUSH, RPUSHX, LPUSHX, LINSERT and LSET
 * on the list `votes` of database 0, scripts and transactions included, as Redis writes their effects. `foreign` is
 * what puts entries there that nobody saw arrive: RENAME, COPY, RESTORE, SORT … STORE, MOVE, SWAPDB, and a move from
 * another list.
 */
export function interpreter(from: Standing): Interpreter {
  let standing = from;
  let { database, atMs } = from;
  let held: QueueEvent[] | undefined;
  return {
    get standing() {
      return standing;
    },
    take(record) {
      if (record.kind === 'time') {
        atMs = record.atMs;
        if (!held) standing = { database, atMs, offset: record.end };
        return [];
      }
      const [name = '', ...words] = record.words.map((word) => word.toString('utf8'));
      const verb = name.toUpperCase();
      let events = eventsOf(verb, words, database).map((event) => withPlace(event, atMs, record.offset));
      if (verb === 'SELECT') database = Number(words[0]);
      if (verb === 'MULTI') held = [];
      else if (verb === 'EXEC') [events, held] = [held ?? [], undefined];
      if (!held) standing = { database, atMs, offset: record.end };
      else {
        held.push(...events);
        return [];
      }
      return events;
    },
  };
}

type Bare =
  | { readonly kind: 'accepted'; readonly entry: string; readonly isFirst: boolean }
  | { readonly kind: 'popped'; readonly from: 'head' | 'tail'; readonly count: number }
  | { readonly kind: 'wiped' | 'unclear' | 'foreign'; readonly how: string };

const withPlace = (event: Bare, atMs: number | null, offset: number): QueueEvent =>
  event.kind === 'accepted' ? { ...event, atMs, offset } : { ...event, atMs };

function eventsOf(verb: string, words: readonly string[], database: number): readonly Bare[] {
  if (verb === 'FLUSHALL') return [{ kind: 'wiped', how: verb }];
  if (verb === 'SWAPDB') return words.includes('0') ? [{ kind: 'foreign', how: verb }] : [];
  if (verb === 'COPY' || verb === 'MOVE') return acrossDatabases(verb, words, database);
  if (database !== 0) return [];
  if (verb === 'FLUSHDB') return [{ kind: 'wiped', how: verb }];
  return inQueue[verb]?.(words, verb) ?? [];
}

type Meaning = (words: readonly string[], verb: string) => readonly Bare[];

const onQueue =
  (meaning: Meaning): Meaning =>
  (words, verb) =>
    words[0] === queueKey ? meaning(words.slice(1), verb) : [];

const pushed = (isFirst: boolean): Meaning =>
  onQueue((entries) => entries.map((entry) => ({ kind: 'accepted', entry, isFirst })));

const popped = (from: 'head' | 'tail'): Meaning =>
  onQueue(([count = '1']) => [{ kind: 'popped', from, count: Number(count) }]);

const unclear: Meaning = onQueue((_, how) => [{ kind: 'unclear', how }]);

/** An entry that takes its place somewhere in the middle. */
const putInside = (at: number): Meaning =>
  onQueue((words, how) => [
    { kind: 'accepted', entry: words[at] ?? '', isFirst: false },
    { kind: 'unclear', how },
  ]);

const wiped: Meaning = (words, how) => (words.includes(queueKey) ? [{ kind: 'wiped', how }] : []);

const moved =
  (from: 'head' | 'tail' | undefined): Meaning =>
  ([source, target, end], how) => {
    const isFromQueue = source === queueKey;
    if (target === queueKey) return [{ kind: isFromQueue ? 'unclear' : 'foreign', how }];
    const side = from ?? (end?.toUpperCase() === 'RIGHT' ? 'tail' : 'head');
    return isFromQueue ? [{ kind: 'popped', from: side, count: 1 }] : [];
  };

const renamed: Meaning = ([source, target], how) => {
  if (target === queueKey) return [{ kind: 'foreign', how }];
  return source === queueKey ? [{ kind: 'wiped', how }] : [];
};

const replaced: Meaning = onQueue((_, how) => [{ kind: 'foreign', how }]);

const sorted: Meaning = (words, how) =>
  words.some((word, at) => word.toUpperCase() === 'STORE' && words[at + 1] === queueKey)
    ? [{ kind: 'foreign', how }]
    : [];

const inQueue: Readonly<Record<string, Meaning>> = {
  RPUSH: pushed(false),
  RPUSHX: pushed(false),
  LPUSH: pushed(true),
  LPUSHX: pushed(true),
  LINSERT: putInside(2),
  LSET: putInside(1),
  LPOP: popped('head'),
  RPOP: popped('tail'),
  LMOVE: moved(undefined),
  BLMOVE: moved(undefined),
  RPOPLPUSH: moved('tail'),
  BRPOPLPUSH: moved('tail'),
  LREM: unclear,
  LTRIM: unclear,
  DEL: wiped,
  UNLINK: wiped,
  SET: onQueue((_, how) => [{ kind: 'wiped', how }]),
  RENAME: renamed,
  RENAMENX: renamed,
  RESTORE: replaced,
  SORT: sorted,
};

/** COPY source target [DB n] and MOVE key n: the other database may be that of the queue. */
function acrossDatabases(verb: string, words: readonly string[], database: number): readonly Bare[] {
  const [source, second] = words;
  if (verb === 'MOVE') {
    if (source !== queueKey) return [];
    if (database === 0) return [{ kind: 'wiped', how: verb }];
    return Number(second) === 0 ? [{ kind: 'foreign', how: verb }] : [];
  }
  const at = words.findIndex((word, index) => index > 1 && word.toUpperCase() === 'DB');
  const target = at < 0 ? database : Number(words[at + 1]);
  return target === 0 && second === queueKey ? [{ kind: 'foreign', how: verb }] : [];
}
