import type { Bucketing, FactKind, RedisKey } from './types.ts';

/** Two fingerprints compared. */
export type Certificate =
  | { readonly verdict: 'IDENTICAL'; readonly digest: string; readonly notes: readonly string[] }
  | {
      readonly verdict: 'DIFFERENT';
      readonly differences: readonly Difference[];
      /** What could not be compared, or was forgiven, in words. */
      readonly notes: readonly string[];
    };

export type Difference =
  | FactDifference
  | ColumnOrderDifference
  | RowsDifference
  | KeyDifference
  | Declaration;

/** Missing when only `before` is there, new when only `after` is. */
export interface FactDifference {
  readonly kind: 'fact';
  readonly fact: FactKind;
  readonly name: string;
  readonly before?: string;
  readonly after?: string;
}

export interface ColumnOrderDifference {
  readonly kind: 'column order';
  readonly table: string;
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/** `buckets` are those to look into, under the bucketing of `before`: a request to a `RowSource`. */
export interface RowsDifference {
  readonly kind: 'rows';
  readonly table: string;
  readonly rowsBefore: number;
  readonly rowsAfter: number;
  readonly bucketing: Bucketing;
  readonly buckets: readonly number[];
}

export interface KeyDifference {
  readonly kind: 'redis key';
  readonly database: number;
  readonly key: string;
  /** `order` only when the same items stand in another order. */
  readonly aspects: readonly ('missing' | 'new' | 'type' | 'content' | 'order' | 'expiry')[];
  readonly before?: RedisKey;
  readonly after?: RedisKey;
}

/** The two fingerprints left different things out. */
export interface Declaration {
  readonly kind: 'exclusions';
}

/** One line for a person. */
export function describeDifference(difference: Difference): string {
  switch (difference.kind) {
    case 'fact':
      return describeFact(difference);
    case 'column order':
      return `columns of ${difference.table}: ${difference.before.join(', ')} → ${difference.after.join(', ')}`;
    case 'rows':
      return describeRows(difference);
    case 'redis key':
      return `redis key ${difference.key} (database ${difference.database}): ${difference.aspects.join(', ')}`;
    case 'exclusions':
      return 'the two fingerprints were taken under different exclusions';
  }
}

function describeFact({ fact, name, before, after }: FactDifference): string {
  if (after === undefined) return `${fact} ${name}: missing`;
  if (before === undefined) return `${fact} ${name}: new`;
  return `${fact} ${name}: ${before} → ${after}`;
}

function describeRows({ table, rowsBefore, rowsAfter, buckets, bucketing }: RowsDifference): string {
  const count = rowsBefore === rowsAfter ? `${rowsBefore} rows` : `${rowsBefore} → ${rowsAfter} rows`;
  return `rows of ${table}: ${count}, other content in ${buckets.length} of ${bucketing.count} buckets`;
}
