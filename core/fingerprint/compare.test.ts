import { describe, expect, test } from 'vitest';
import { randomFrom } from '../random.ts';
import { describeDifference } from './certificate.ts';
import { compareFingerprints } from './compare.ts';
import { digestOf, schemaHashOf } from './digest.ts';
import { type Mutation, mutations, nonMutations, randomWorld } from './fixtures/mutations.ts';
import { fingerprintOf, type World } from './fixtures/world.ts';

const seeds = Array.from({ length: 40 }, (_, at) => at + 1);

const linesBetween = (before: World, after: World): readonly string[] => {
  const certificate = compareFingerprints(fingerprintOf(before), fingerprintOf(after));
  return certificate.verdict === 'IDENTICAL' ? [] : certificate.differences.map(describeDifference);
};

function mutated(
  seed: number,
  { change }: Mutation,
): { lines: readonly string[]; expected: readonly string[] } {
  const random = randomFrom(seed);
  const before = randomWorld(random);
  const after = structuredClone(before);
  const expected = change(after, random);
  return { lines: linesBetween(before, after), expected };
}

describe('found and named, and nothing else', () => {
  test.for(mutations)('$does', (mutation) => {
    for (const seed of seeds) {
      const { lines, expected } = mutated(seed, mutation);
      expect(lines, `seed ${seed}`).toHaveLength(expected.length);
      for (const [at, line] of lines.entries()) expect(line.startsWith(expected[at] ?? '?'), line).toBe(true);
    }
  });
});

describe('not a difference', () => {
  test.for(nonMutations)('$does', (mutation) => {
    for (const seed of seeds) expect(mutated(seed, mutation).lines, `seed ${seed}`).toEqual([]);
  });
});

const world = (): World => randomWorld(randomFrom(7));

test('an identical state is certified with its digest', () => {
  expect(compareFingerprints(fingerprintOf(world()), fingerprintOf(world()))).toEqual({
    verdict: 'IDENTICAL',
    digest: digestOf(fingerprintOf(world())),
    notes: [],
  });
});

test('stores without tables and keys are identical', () => {
  const empty: World = { tables: [], facts: [], keys: [], redisFacts: [], atMs: 0 };
  expect(linesBetween(empty, structuredClone(empty))).toEqual([]);
});

test('fingerprints taken under different exclusions are never identical', () => {
  const before = fingerprintOf(world());
  const after = { ...before, exclusions: { ...before.exclusions, rows: [] } };
  expect(compareFingerprints(before, after)).toEqual({
    verdict: 'DIFFERENT',
    differences: [{ kind: 'exclusions' }],
    notes: [],
  });
});

test('rows are compared by their total when the key of a table is gone, and all buckets are to be looked into', () => {
  const after = world();
  for (const table of after.tables) table.key = [];
  for (const row of after.tables[0]?.rows.slice(0, 1) ?? []) row[1] = 'changed';
  const certificate = compareFingerprints(fingerprintOf(world()), fingerprintOf(after));
  expect(certificate).toMatchObject({
    differences: [{ kind: 'rows', table: 'public.votes', bucketing: { key: ['id'] } }],
  });
});

test('the certificate says whose rows could not be compared', () => {
  const after = world();
  for (const table of after.tables) table.columns = table.columns.slice(1);
  for (const { rows } of after.tables) for (const row of rows) row.shift();
  const { notes } = compareFingerprints(fingerprintOf(world()), fingerprintOf(after));
  expect(notes).toEqual([
    'the content of public.votes was not compared: its columns differ',
    'the content of public.notes was not compared: its columns differ',
  ]);
});

test('the schema hash depends on the schema, and not on roles, settings or values of sequences', () => {
  const { facts } = world();
  const other = (kind: string) => facts.map((fact) => (fact.kind === kind ? { ...fact, value: '?' } : fact));
  const changed = facts.filter(({ kind }) => schemaHashOf(other(kind)) !== schemaHashOf(facts));
  expect(changed.map(({ kind }) => kind)).toEqual(['index', 'constraint', 'sequence']);
});
