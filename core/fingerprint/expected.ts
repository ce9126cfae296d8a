import type { Certificate, Difference, RowsDifference } from './certificate.ts';
import { compareFingerprints } from './compare.ts';
import { digestOf } from './digest.ts';
import type { Kept } from './keep.ts';
import { type NamedRows, narrowRows } from './narrow.ts';
import type { RowDigest, RowSource } from './rows.ts';
import type { TableState } from './types.ts';

/** What was accepted since a fingerprint was taken. */
export interface VotesSince {
  /** Rows of `public.votes` as they should be now, of the voters who voted since. */
  readonly rows: RowSource;
  /** The buckets they lie in, ascending. */
  readonly buckets: readonly number[];
  /** Voters of whom a vote is on its way: their row may be as before, or any of their votes. */
  readonly onTheWay: ReadonlySet<string>;
  /** Lists of Redis (database 0) that votes travel through, and in which nothing stands that was not accepted. */
  readonly queues: readonly string[];
}

/** A certificate, with the rows behind its differences by their keys. */
export interface ExpectedCertificate {
  readonly certificate: Certificate;
  readonly rows: readonly NamedRows[];
}

/**
 * Compares what is with what should be: `before`, and the votes accepted since. Only rows of voters who voted since
 * may differ, and are to be their last vote; all else is named as between two fingerprints.
 */
export async function certifyExpected(
  before: Kept,
  after: Kept,
  since: VotesSince,
): Promise<ExpectedCertificate> {
  const plain = compareFingerprints(before.fingerprint, after.fingerprint);
  const differences = plain.verdict === 'IDENTICAL' ? [] : plain.differences;
  const others = differences.filter((one): boolean => !(isTravel(one, since) || isVotes(one)));
  const named = await narrowVotes(before, after, since, differences.find(isVotes));
  const rows: NamedRows[] = named ? [named.rows] : [];
  for (const one of others)
    if (one.kind === 'rows') rows.push(await narrowRows(one, before.rows, after.rows));
  const left: readonly Difference[] = [...(named ? [named.difference] : []), ...others];
  const notes = [...plain.notes, ...wayNotes(since)];
  const certificate: Certificate =
    left.length === 0
      ? { verdict: 'IDENTICAL', digest: digestOf(after.fingerprint), notes }
      : { verdict: 'DIFFERENT', differences: left, notes };
  return { certificate, rows };
}

const votesTable = 'public.votes';

const isVotes = (difference: Difference): difference is RowsDifference =>
  difference.kind === 'rows' && difference.table === votesTable;

const isTravel = (difference: Difference, { queues }: VotesSince): boolean =>
  difference.kind === 'redis key' &&
  difference.database === 0 &&
  queues.includes(difference.key) &&
  !difference.aspects.some((aspect) => aspect === 'type' || aspect === 'expiry');

const wayNotes = ({ onTheWay }: VotesSince): readonly string[] =>
  onTheWay.size === 0
    ? []
    : [`votes of ${onTheWay.size} voters are on their way: their rows were not looked at`];

/** The rows that are not what they should be; undefined when there are none. */
async function narrowVotes(
  before: Kept,
  after: Kept,
  { rows: voted, buckets: votedBuckets, onTheWay }: VotesSince,
  difference: RowsDifference | undefined,
): Promise<{ readonly difference: RowsDifference; readonly rows: NamedRows } | undefined> {
  const [was, is] = [tableIn(before), tableIn(after)];
  // A table that is there on one side only is a difference of its own.
  if (!was || !is) return undefined;
  const buckets = [...new Set([...(difference?.buckets ?? []), ...votedBuckets])].sort((a, b) => a - b);
  if (buckets.length === 0) return undefined;
  const all = difference ?? {
    kind: 'rows' as const,
    table: votesTable,
    rowsBefore: rowsOf(was),
    rowsAfter: rowsOf(is),
    bucketing: was.bucketing,
    buckets,
  };
  const wanted = { ...all, buckets };
  const rows = await narrowRows(wanted, overlaid(before.rows, voted), after.rows);
  if (rows.kind === 'not saved') return { difference: wanted, rows };
  const [onlyBefore, onlyAfter, changed] = [rows.onlyBefore, rows.onlyAfter, rows.changed].map((keys) =>
    keys.filter((key) => !onTheWay.has(key)),
  );
  const left = { ...rows, onlyBefore: onlyBefore ?? [], onlyAfter: onlyAfter ?? [], changed: changed ?? [] };
  const count = left.onlyBefore.length + left.onlyAfter.length + left.changed.length;
  return count === 0 && rows.isComplete ? undefined : { difference: all, rows: left };
}

const tableIn = ({ fingerprint }: Kept): TableState | undefined =>
  fingerprint.postgres.tables.find(({ name }) => name === votesTable);

const rowsOf = ({ buckets }: TableState): number => buckets.reduce((sum, { rows }) => sum + rows, 0);

/** The rows of `below`, but those of `above` where both have the key. Memory is that of one bucket of `above`. */
export const overlaid = (below: RowSource, above: RowSource): RowSource => ({
  rows(request) {
    const [under, over] = [below.rows(request), above.rows(request)];
    if (!under || !over) return under;
    return merged(under, over, request.buckets);
  },
});

async function* merged(
  under: AsyncIterable<RowDigest>,
  over: AsyncIterable<RowDigest>,
  buckets: readonly number[],
): AsyncGenerator<RowDigest> {
  await using below = peekable(under);
  await using above = peekable(over);
  for (const bucket of buckets) {
    const changed = new Map<string, RowDigest>();
    for (let row = await above.next(bucket); row; row = await above.next(bucket)) changed.set(row.key, row);
    for (let row = await below.next(bucket); row; row = await below.next(bucket))
      if (!changed.has(row.key)) yield row;
    yield* changed.values();
  }
}

/** Gives the rows of a bucket one by one, then undefined; rows of earlier buckets are passed over. */
function peekable(rows: AsyncIterable<RowDigest>) {
  const iterator = rows[Symbol.asyncIterator]();
  let held: RowDigest | undefined;
  return {
    async next(bucket: number): Promise<RowDigest | undefined> {
      for (;;) {
        const row: RowDigest | undefined = held ?? (await iterator.next()).value;
        held = row && row.bucket > bucket ? row : undefined;
        if (!row || held) return undefined;
        if (row.bucket === bucket) return row;
      }
    },
    [Symbol.asyncDispose]: async () => void (await iterator.return?.()),
  };
}
