import type { RowsDifference } from './certificate.ts';
import type { RowDigest, RowSource } from './rows.ts';

/** The rows behind a difference, by key. A row that is there twice is named twice. */
export type NamedRows =
  | {
      readonly kind: 'named';
      readonly table: string;
      readonly onlyBefore: readonly string[];
      readonly onlyAfter: readonly string[];
      /** The same key with another content. */
      readonly changed: readonly string[];
      /** False when naming stopped at the limit. */
      readonly isComplete: boolean;
    }
  | { readonly kind: 'not saved'; readonly table: string; readonly side: 'before' | 'after' };

/**
 * Reads the differing buckets of both sides, one bucket at a time: memory is that of two buckets and of what is
 * named. A source that does not keep the order of buckets throws.
 */
export async function narrowRows(
  { table, bucketing, buckets }: RowsDifference,
  before: RowSource,
  after: RowSource,
  { maxNamed = 1000 }: { readonly maxNamed?: number } = {},
): Promise<NamedRows> {
  const request = { table, bucketing, buckets };
  const [rowsBefore, rowsAfter] = [before.rows(request), after.rows(request)];
  if (!rowsBefore) return { kind: 'not saved', table, side: 'before' };
  if (!rowsAfter) return { kind: 'not saved', table, side: 'after' };
  await using was = bucketReader(rowsBefore);
  await using is = bucketReader(rowsAfter);
  const named = { onlyBefore: [] as string[], onlyAfter: [] as string[], changed: [] as string[] };
  let isComplete = true;
  for (const bucket of buckets) {
    compareBucket(await was.read(bucket), await is.read(bucket), named);
    isComplete = named.onlyBefore.length + named.onlyAfter.length + named.changed.length <= maxNamed;
    if (!isComplete) break;
  }
  return { kind: 'named', table, ...firstOf(named, maxNamed), isComplete };
}

type Lists = Record<'onlyBefore' | 'onlyAfter' | 'changed', string[]>;

/** How often each hash stands under each key: more than once only where the whole row is the key. */
type BucketRows = ReadonlyMap<string, ReadonlyMap<string, number>>;

function compareBucket(was: BucketRows, is: BucketRows, { onlyBefore, onlyAfter, changed }: Lists): void {
  for (const key of new Set([...was.keys(), ...is.keys()])) {
    const gone = surplus(was.get(key), is.get(key));
    const come = surplus(is.get(key), was.get(key));
    for (let at = 0; at < Math.max(gone, come); at += 1) {
      const list = at >= come ? onlyBefore : at >= gone ? onlyAfter : changed;
      list.push(key);
    }
  }
}

/** How many of `hashes` have no partner in `others`. */
function surplus(
  hashes: ReadonlyMap<string, number> = new Map(),
  others: ReadonlyMap<string, number> = new Map(),
): number {
  return hashes
    .entries()
    .reduce((sum, [hash, times]) => sum + Math.max(0, times - (others.get(hash) ?? 0)), 0);
}

interface BucketReader extends AsyncDisposable {
  /** The rows of `bucket`; buckets are asked for in ascending order. */
  read(bucket: number): Promise<BucketRows>;
}

function bucketReader(rows: AsyncIterable<RowDigest>): BucketReader {
  const iterator = rows[Symbol.asyncIterator]();
  let next: RowDigest | undefined;
  const advance = async () => {
    const { done, value } = await iterator.next();
    next = done ? undefined : value;
  };
  let isStarted = false;
  return {
    async read(bucket) {
      if (!isStarted) await advance();
      isStarted = true;
      const found = new Map<string, Map<string, number>>();
      while (next && next.bucket <= bucket) {
        if (next.bucket < bucket)
          throw new Error(`bucket ${next.bucket} comes before ${bucket}: not in order`);
        const hashes = found.getOrInsertComputed(next.key, () => new Map());
        hashes.set(next.hash, (hashes.get(next.hash) ?? 0) + 1);
        await advance();
      }
      return found;
    },
    [Symbol.asyncDispose]: async () => void (await iterator.return?.()),
  };
}

const firstOf = ({ onlyBefore, onlyAfter, changed }: Lists, count: number): Lists => ({
  onlyBefore: onlyBefore.slice(0, count),
  onlyAfter: onlyAfter.slice(0, count),
  changed: changed.slice(0, count),
});
