import type { Bucketing } from './types.ts';

/** A row by its name and a hash of all of it. */
export interface RowDigest {
  readonly bucket: number;
  /** The key: a single column as text, several as PostgreSQL writes a row; without a key, the whole row. */
  readonly key: string;
  /** 16 hexadecimal digits: the first lane of sums.ts. */
  readonly hash: string;
}

export interface RowRequest {
  readonly table: string;
  readonly bucketing: Bucketing;
  /** Ascending. */
  readonly buckets: readonly number[];
}

/** Rows of a database that runs, or of one that was saved. */
export interface RowSource {
  /** Bucket by bucket, ascending; any order within one. Undefined: this source does not have that table. */
  rows(request: RowRequest): AsyncIterable<RowDigest> | undefined;
}
