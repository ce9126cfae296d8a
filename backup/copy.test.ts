import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  copiesToRemove,
  copyNames,
  type KnownCopy,
  makeCopy,
  nameOf,
  newestCopy,
  openCopy,
  removeOldCopies,
  storeFolder,
} from './copy.ts';
import { type StoreName, storeNames } from './types.ts';

let parent: string;

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'sla-copy-'));
});

afterEach(() => {
  rmSync(parent, { recursive: true, force: true });
});

const copyAt = (hour: number, stores: readonly StoreName[] = storeNames) =>
  makeCopy(parent, new Date(Date.UTC(2026, 0, 1, hour)), stores, async (draft) => {
    for (const store of stores) writeFileSync(join(draft, store, 'content'), `${store} at ${hour}`);
  });

const damage = (name: string, store: StoreName = 'postgres') =>
  appendFileSync(join(parent, name, store, 'content'), 'x');

describe('a copy', () => {
  test('is found again under the instant it was taken at, with what was written', async () => {
    const copy = await copyAt(7);
    expect(nameOf(copy)).toBe('2026-01-01T07-00-00.000Z');
    expect(openCopy(copy.folder)).toEqual(copy);
    expect(existsSync(join(storeFolder(copy, 'redis'), 'content'))).toBe(true);
  });

  test('that cannot be completed is none, and the next one removes what it left', async () => {
    const failing = makeCopy(parent, new Date(), storeNames, async () => {
      throw new Error('no space left');
    });
    await expect(failing).rejects.toThrow('no space left');
    expect(copyNames(parent)).toEqual([]);
    mkdirSync(join(parent, '.new-1'));
    await copyAt(1);
    expect(readdirSync(parent)).toEqual(['2026-01-01T01-00-00.000Z']);
  });

  test.each([
    ['with another byte', (name: string) => damage(name)],
    ['without a file', (name: string) => rmSync(join(parent, name, 'redis', 'content'))],
    ['without a manifest', (name: string) => rmSync(join(parent, name, 'manifest.json'))],
    ['with half a manifest', (name: string) => writeFileSync(join(parent, name, 'manifest.json'), '{"for')],
    [
      'with a manifest of another kind',
      (name: string) => writeFileSync(join(parent, name, 'manifest.json'), '{}'),
    ],
  ])('%s is not opened', async (_, spoil) => {
    const copy = await copyAt(1);
    spoil(nameOf(copy));
    expect(openCopy(copy.folder)).toBeUndefined();
  });
});

describe('the newest copy of a store', () => {
  test('is the newest that is good, and those passed over are named', async () => {
    await copyAt(1);
    const good = await copyAt(2);
    const bad = await copyAt(3);
    damage(nameOf(bad));
    const heard: string[] = [];
    expect(newestCopy(parent, 'postgres', (name) => heard.push(name))).toEqual(good);
    expect(heard).toEqual([nameOf(bad)]);
  });

  test('is not one that holds only the other store', async () => {
    const both = await copyAt(1);
    await copyAt(2, ['redis']);
    expect(newestCopy(parent, 'postgres', () => expect.unreachable())).toEqual(both);
  });

  test('is none where there is no folder', () => {
    expect(newestCopy(join(parent, 'absent'), 'redis', () => undefined)).toBeUndefined();
  });
});

describe('what is removed', () => {
  const copies = (...list: readonly (readonly StoreName[] | undefined)[]): readonly KnownCopy[] =>
    list.map((stores, index) => ({ name: String(index), stores }));
  const both = storeNames;
  const bad = undefined;

  test.each([
    ['nothing of three', copies(both, both, both), []],
    ['what is behind the third', copies(both, both, both, both, bad), ['3', '4']],
    ['nothing while damaged ones stand before the third good one', copies(bad, both, bad, both, both), []],
    ['never the only one that holds a store', copies(['redis'], ['redis'], ['redis'], both), []],
    ['nothing of damaged ones alone', copies(bad, bad, bad, bad, bad), []],
  ])('%s', (_, list, removed) => {
    expect(copiesToRemove(list, [])).toEqual(removed);
  });

  test('never one that is in use', () => {
    expect(copiesToRemove(copies(both, both, both, both, both), ['4'])).toEqual(['3']);
  });

  test('goes with its folder', async () => {
    for (const hour of [1, 2, 3, 4]) await copyAt(hour);
    expect(removeOldCopies(parent, [])).toEqual(['2026-01-01T01-00-00.000Z']);
    expect(copyNames(parent)).toHaveLength(3);
  });
});
