import type { Exclusions } from './exclusions.ts';

/** What both stores hold, small enough to keep and to compare: no row and no value is in it. */
export interface Fingerprint {
  readonly format: 1;
  /** What was left out on purpose; two fingerprints compare only under the same declaration. */
  readonly exclusions: Exclusions;
  readonly postgres: PostgresState;
  readonly redis: RedisState;
}

/** One database and the cluster around it. */
export interface PostgresState {
  readonly taken: PostgresInstant;
  readonly facts: readonly Fact[];
  readonly tables: readonly TableState[];
}

/** Where a snapshot stands; shown, never compared. */
export interface PostgresInstant {
  /** UTC milliseconds by the server's clock, at the begin of the transaction. */
  readonly atMs: number;
  /** Every change in the snapshot was written to the WAL before this position. */
  readonly lsn: string;
  /** `xmin:xmax:running`, as pg_current_snapshot() says it: exactly which transactions are in. */
  readonly snapshot: string;
  readonly database: string;
  readonly version: string;
}

/** What a database is made of. Together they are its schema. */
export const schemaKinds = [
  'extension',
  'schema',
  'type',
  'table',
  'column',
  'constraint',
  'index',
  'view',
  'function',
  'trigger',
  'rule',
  'policy',
  'sequence',
  'statistics',
  'comment',
  'object',
] as const;

export const factKinds = [
  ...schemaKinds,
  'sequence value',
  'database',
  'role',
  'membership',
  'grant',
  'default grant',
  'setting',
  'login rules',
  'redis setting',
  'redis user',
] as const;

export type FactKind = (typeof factKinds)[number];

/** Something with a name and one text that says everything about it that counts. */
export interface Fact {
  readonly kind: FactKind;
  /** Unique in its kind, as SQL writes it: `public.votes`, `public.votes.id`, `"Odd name"."x"`. */
  readonly name: string;
  readonly value: string;
  /** Kind and name of the fact without which it cannot be (`table public.votes`): lost together, lost once. */
  readonly partOf?: string;
}

export interface TableState {
  /** As SQL writes it, schema first. */
  readonly name: string;
  /** In their order in a row. */
  readonly columns: readonly Column[];
  readonly bucketing: Bucketing;
  /** The buckets that hold a row, ascending. */
  readonly buckets: readonly Bucket[];
}

export interface Column {
  readonly name: string;
  readonly type: string;
}

/** Which rows share a bucket: those whose key has the same hash modulo `count`. */
export interface Bucketing {
  /** Columns of the primary key, or of a unique index without NULL. Empty: the whole row is its key. */
  readonly key: readonly string[];
  readonly count: number;
}

export interface Bucket {
  readonly bucket: number;
  readonly rows: number;
  /** 32 hexadecimal digits, see sums.ts. */
  readonly sum: string;
}

export interface RedisState {
  readonly taken: RedisInstant;
  readonly facts: readonly Fact[];
  readonly keys: readonly RedisKey[];
}

/** Shown, never compared. */
export interface RedisInstant {
  /** UTC milliseconds by the server's clock. */
  readonly atMs: number;
  readonly version: string;
  /** Bytes of the replication stream so far. */
  readonly replicationOffset: string;
}

export interface RedisKey {
  readonly database: number;
  /** Text as it is; see keyName in adapters/redis.ts for bytes that are none. */
  readonly key: string;
  readonly type: string;
  /** Items of a list, members, fields, entries; 1 for a string. */
  readonly items: number;
  /** 32 hexadecimal digits: the items in any order, see sums.ts. */
  readonly content: string;
  /** A digest of the items in their order; empty where the type has none. */
  readonly order: string;
  /** UTC milliseconds, or null: never. */
  readonly expiresAtMs: number | null;
}
