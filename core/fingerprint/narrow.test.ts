import { expect, test } from 'vitest';
import { randomFrom } from '../random.ts';
import type { RowsDifference } from './certificate.ts';
import { compareFingerprints } from './compare.ts';
import { randomWorld } from './fixtures/mutations.ts';
import { fingerprintOf, sourceOf, type Value, type World } from './fixtures/world.ts';
import { narrowRows } from './narrow.ts';

const world = (seed = 1): World => randomWorld(randomFrom(seed));

const rowsOf = ({ tables }: World, name: string): Value[][] =>
  tables.find((table) => table.name === name)?.rows ?? [];

function rowsDifference(before: World, after: World): RowsDifference {
  const certificate = compareFingerprints(fingerprintOf(before), fingerprintOf(after));
  if (certificate.verdict === 'IDENTICAL') throw new Error('nothing differs');
  const [difference] = certificate.differences;
  if (difference?.kind !== 'rows') throw new Error('no rows differ');
  return difference;
}

const narrowed = (before: World, after: World, options?: { readonly maxNamed: number }) =>
  narrowRows(rowsDifference(before, after), sourceOf(before), sourceOf(after), options);

test('rows that went, came and changed are named by key, whatever else is in their buckets', async () => {
  for (let seed = 1; seed <= 40; seed += 1) {
    const [before, after, random] = [world(seed), world(seed), randomFrom(seed)];
    const rows = rowsOf(after, 'public.votes');
    const [gone] = rows.splice(random.below(rows.length), 1);
    const changed = random.pick(rows);
    changed[1] = 'changed';
    rows.unshift(['neu ü😀', null, '']);
    expect(await narrowed(before, after), `seed ${seed}`).toEqual({
      kind: 'named',
      table: 'public.votes',
      onlyBefore: [gone?.[0]],
      onlyAfter: ['neu ü😀'],
      changed: [changed[0]],
      isComplete: true,
    });
  }
});

test('without a key a row is named by its content, as often as it is missing', async () => {
  const [before, after] = [world(), world()];
  rowsOf(before, 'public.notes').push(['x', null, ''], ['x', null, ''], ['x', null, '']);
  rowsOf(after, 'public.notes').push(['x', null, ''], ['x', '', null]);
  expect(await narrowed(before, after)).toMatchObject({
    onlyBefore: ['["x",null,""]', '["x",null,""]'],
    onlyAfter: ['["x","",null]'],
    changed: [],
  });
});

test('rows are named by the old key when the new database has none', async () => {
  const [before, after] = [world(), world()];
  for (const table of after.tables) table.key = [];
  for (const row of rowsOf(after, 'public.votes').slice(3, 4)) row[2] = 'changed';
  expect(await narrowed(before, after)).toMatchObject({ changed: ['row 3'], onlyBefore: [], onlyAfter: [] });
});

test('naming stops at the limit and says so', async () => {
  const [before, after] = [world(), world()];
  for (const row of rowsOf(after, 'public.votes')) row[1] = 'changed';
  const named = await narrowed(before, after, { maxNamed: 5 });
  expect(named).toMatchObject({ isComplete: false });
  expect(named.kind === 'named' && named.changed).toHaveLength(5);
});

test('a side whose rows were not kept is named', async () => {
  const [before, after] = [world(), world()];
  rowsOf(after, 'public.votes').pop();
  const difference = rowsDifference(before, after);
  expect(await narrowRows(difference, { rows: () => undefined }, sourceOf(after))).toEqual({
    kind: 'not saved',
    table: 'public.votes',
    side: 'before',
  });
});

test('a source that mixes its buckets is refused', async () => {
  const [before, after] = [world(), world()];
  for (const row of rowsOf(after, 'public.votes')) row[1] = 'changed';
  const mixed = (async function* () {
    yield { bucket: 9, key: 'a', hash: '0' };
    yield { bucket: 1, key: 'b', hash: '0' };
  })();
  await expect(
    narrowRows(rowsDifference(before, after), { rows: () => mixed }, sourceOf(after)),
  ).rejects.toThrow('not in order');
});
