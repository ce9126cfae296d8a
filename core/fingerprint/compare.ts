import type { Certificate, Difference, FactDifference, KeyDifference } from './certificate.ts';
import { compareTables } from './compareTables.ts';
import { digestOf } from './digest.ts';
import type { Fact, Fingerprint, RedisKey, RedisState } from './types.ts';

export interface CompareOptions {
  /** Two expiries this far apart are the same: a key restored by its remaining time is late by the way. */
  readonly expiryToleranceMs: number;
}

/** Names every difference once, and nothing that follows from another one. */
export function compareFingerprints(
  before: Fingerprint,
  after: Fingerprint,
  { expiryToleranceMs }: CompareOptions = { expiryToleranceMs: 1000 },
): Certificate {
  const tables = compareTables(before.postgres.tables, after.postgres.tables);
  const expired = expiredKeys(before.redis.keys, after.redis, expiryToleranceMs);
  const differences: readonly Difference[] = [
    ...(JSON.stringify(before.exclusions) === JSON.stringify(after.exclusions)
      ? []
      : [{ kind: 'exclusions' } as const]),
    ...compareFacts(before.postgres.facts, after.postgres.facts),
    ...tables.differences,
    ...compareKeys(
      before.redis.keys.filter((key) => !expired.has(key)),
      after.redis.keys,
      expiryToleranceMs,
    ),
    ...compareFacts(before.redis.facts, after.redis.facts),
  ];
  const notes = [...tables.notes, ...[...expired].map(({ key }) => `redis key ${key} expired in its time`)];
  return differences.length === 0
    ? { verdict: 'IDENTICAL', digest: digestOf(after), notes }
    : { verdict: 'DIFFERENT', differences, notes };
}

/** What is part of something that is missing or new on the whole is not named beside it. */
export function compareFacts(before: readonly Fact[], after: readonly Fact[]): readonly FactDifference[] {
  const pairs = paired(before, after, placeOf).filter(([was, is]) => was?.value !== is?.value);
  const oneSided = new Set(pairs.flatMap(([was, is]) => (was && is ? [] : [was ?? is])).map(placeOf));
  return pairs.flatMap(([was, is]) => {
    const fact = was ?? is;
    if (!fact || (fact.partOf !== undefined && oneSided.has(fact.partOf))) return [];
    return [
      {
        kind: 'fact' as const,
        fact: fact.kind,
        name: fact.name,
        ...(was && { before: was.value }),
        ...(is && { after: is.value }),
      },
    ];
  });
}

const placeOf = (fact: Fact | undefined): string => `${fact?.kind} ${fact?.name}`;

function compareKeys(
  before: readonly RedisKey[],
  after: readonly RedisKey[],
  toleranceMs: number,
): readonly KeyDifference[] {
  return paired(before, after, identityOf).flatMap(([was, is]) => {
    const key = was ?? is;
    const aspects = aspectsOf(was, is, toleranceMs);
    if (!key || aspects.length === 0) return [];
    return [
      {
        kind: 'redis key' as const,
        database: key.database,
        key: key.key,
        aspects,
        ...(was && { before: was }),
        ...(is && { after: is }),
      },
    ];
  });
}

function aspectsOf(
  was: RedisKey | undefined,
  is: RedisKey | undefined,
  toleranceMs: number,
): KeyDifference['aspects'] {
  if (!is) return ['missing'];
  if (!was) return ['new'];
  if (was.type !== is.type) return ['type'];
  const sameItems = was.items === is.items && was.content === is.content;
  return [
    ...(sameItems ? [] : ['content' as const]),
    ...(sameItems && was.order !== is.order ? ['order' as const] : []),
    ...(sameExpiry(was.expiresAtMs, is.expiresAtMs, toleranceMs) ? [] : ['expiry' as const]),
  ];
}

const sameExpiry = (was: number | null, is: number | null, toleranceMs: number): boolean =>
  was === null || is === null ? was === is : Math.abs(was - is) <= toleranceMs;

/** Keys whose time was up when `after` was taken, and that are gone as they should. */
function expiredKeys(
  before: readonly RedisKey[],
  { taken, keys }: RedisState,
  toleranceMs: number,
): ReadonlySet<RedisKey> {
  const present = new Set(keys.map(identityOf));
  const isGone = (key: RedisKey) =>
    key.expiresAtMs !== null && key.expiresAtMs <= taken.atMs + toleranceMs && !present.has(identityOf(key));
  return new Set(before.filter(isGone));
}

const identityOf = ({ database, key }: RedisKey): string => JSON.stringify([database, key]);

/** Those of `before` in their order with their partner, then those that are only in `after`. */
function paired<T>(
  before: readonly T[],
  after: readonly T[],
  identity: (item: T) => string,
): readonly (readonly [T | undefined, T | undefined])[] {
  const rest = new Map(after.map((item) => [identity(item), item]));
  const pairs = before.map((item) => {
    const partner = rest.get(identity(item));
    rest.delete(identity(item));
    return [item, partner] as const;
  });
  return [...pairs, ...[...rest.values()].map((item) => [undefined, item] as const)];
}
