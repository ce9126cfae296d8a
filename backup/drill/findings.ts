/** Everything that a drill asks of a copy, in the order in which it asks. */
export const checkNames = [
  'files of the cut',
  'way to the cut',
  'restore',
  'recovery',
  'redis-check-rdb',
  'redis loads it',
  'fingerprint of postgres',
  'fingerprint of redis',
  'every table is read',
  'pg_amcheck',
  'page checksums',
] as const;
export type CheckName = (typeof checkNames)[number];

/** What one check came to. */
export type Finding =
  | { readonly check: CheckName; readonly kind: 'agreed'; readonly text?: string }
  /** The copy is not what it should be. */
  | { readonly check: CheckName; readonly kind: 'differs'; readonly text: string }
  /** The place of the drill, not the copy, kept it from an answer. */
  | { readonly check: CheckName; readonly kind: 'could not run'; readonly text: string }
  /** There is nothing to ask: only where `optionalChecks` allows it. */
  | { readonly check: CheckName; readonly kind: 'does not apply'; readonly text: string };

/** Checks of something that a cluster need not have. A cluster without page checksums has none to compare. */
export const optionalChecks: readonly CheckName[] = ['page checksums'];
