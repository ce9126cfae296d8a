import { createHash } from 'node:crypto';
import { totalOf } from './sums.ts';
import { type Fact, type FactKind, type Fingerprint, schemaKinds } from './types.ts';

/** SHA-256 of the DDL facts, in hexadecimal: equal exactly when no schema object differs. */
export const schemaHashOf = (facts: readonly Fact[]): string => {
  const isSchema: ReadonlySet<FactKind> = new Set(schemaKinds);
  return sha256(sorted(facts.filter(({ kind }) => isSchema.has(kind)).map(factLine)));
};

/**
 * SHA-256 of all that is compared, in hexadecimal: what a certificate says it is about. Two fingerprints that
 * compare as IDENTICAL may differ here by expiries within the tolerance.
 */
export function digestOf({ exclusions, postgres, redis }: Fingerprint): string {
  return sha256([
    JSON.stringify(exclusions),
    ...sorted([...postgres.facts, ...redis.facts].map(factLine)),
    ...sorted(
      postgres.tables.map(({ name, columns, buckets }) => JSON.stringify([name, columns, totalOf(buckets)])),
    ),
    ...sorted(
      redis.keys.map(({ database, key, type, items, content, order, expiresAtMs }) =>
        JSON.stringify([database, key, type, items, content, order, expiresAtMs]),
      ),
    ),
  ]);
}

const factLine = ({ kind, name, value }: Fact): string => JSON.stringify([kind, name, value]);

const sorted = (lines: readonly string[]): readonly string[] => [...lines].sort();

const sha256 = (lines: readonly string[]): string =>
  createHash('sha256').update(lines.join('\n')).digest('hex');
