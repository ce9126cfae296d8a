import { mkdtempDisposable, readdir, stat, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { RowDigest, RowRequest, RowSource } from '../rows.ts';
import type { TableState } from '../types.ts';
import { openSavedRows, saveRows } from './savedRows.ts';

const folder = () => mkdtempDisposable(join(tmpdir(), 'sla-rows-'));

const names = ['ü😀', 'tab\there', 'line\nbreak', 'sep\u2028\u2029', '', '\\x00', '"'];

const digests: readonly RowDigest[] = names.map((key, at) => ({ bucket: at, key, hash: `${at}`.repeat(16) }));

const table: TableState = {
  name: 'public."odd/../name"',
  columns: [{ name: 'id', type: 'text' }],
  bucketing: { key: ['id'], count: 16 },
  buckets: digests.map(({ bucket }) => ({ bucket, rows: 1, sum: '0'.repeat(32) })),
};

const source: RowSource = {
  rows: ({ buckets }) =>
    (async function* () {
      yield* digests.filter(({ bucket }) => buckets.includes(bucket));
    })(),
};

const all: RowRequest = {
  table: table.name,
  bucketing: table.bucketing,
  buckets: digests.map(({ bucket }) => bucket),
};

test('saved rows come back as they were, the wanted buckets only', async () => {
  await using at = await folder();
  expect(await saveRows(at.path, source, [table])).toEqual([table.name]);
  const saved = await openSavedRows(at.path);
  expect(await Array.fromAsync(saved.rows(all) ?? [])).toEqual(digests);
  expect(await Array.fromAsync(saved.rows({ ...all, buckets: [1, 3] }) ?? [])).toEqual([
    digests[1],
    digests[3],
  ]);
});

test('they are for their owner only, and nothing half-written lies beside them', async () => {
  await using at = await folder();
  await saveRows(join(at.path, 'rows'), source, [table]);
  const files = await readdir(join(at.path, 'rows'));
  expect(files).toHaveLength(1);
  expect((await stat(join(at.path, 'rows', files[0] ?? ''))).mode & 0o777).toBe(0o600);
});

test('a table that is too long is not saved, and then not there', async () => {
  await using at = await folder();
  expect(await saveRows(at.path, source, [table], { maxRows: 3 })).toEqual([]);
  expect((await openSavedRows(at.path)).rows(all)).toBeUndefined();
});

test('rows saved under another bucketing are not there', async () => {
  await using at = await folder();
  await saveRows(at.path, source, [table]);
  const saved = await openSavedRows(at.path);
  expect(saved.rows({ ...all, bucketing: { key: [], count: 16 } })).toBeUndefined();
});

test('a file that was cut off is an error, not a shorter table', async () => {
  await using at = await folder();
  await saveRows(at.path, source, [table]);
  const saved = await openSavedRows(at.path);
  const file = join(at.path, (await readdir(at.path))[0] ?? '');
  await truncate(file, (await stat(file)).size - 5);
  await expect(Array.fromAsync(saved.rows(all) ?? [])).rejects.toThrow();
});
