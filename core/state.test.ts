import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  checkoutPath,
  keyPath,
  knownHostsPath,
  labPath,
  readIfPresent,
  stateFolder,
  writePrivate,
  writePrivateOnce,
} from './state.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sla-state-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('the state lies in the checkout, unless the environment moves it', () => {
  expect(stateFolder({})).toEqual({ checkout: checkoutPath, path: join(checkoutPath, '.sla') });
  expect(stateFolder({ SLA_STATE_DIR: '/elsewhere' }).path).toBe('/elsewhere');
});

test('keys are shared by all labs, the rest is not', () => {
  const state = { checkout: '/c', path: '/c/.sla' };
  expect(keyPath(state, 'db')).toBe('/c/.sla/keys/db');
  expect(knownHostsPath(state)).toBe('/c/.sla/known_hosts');
  expect(labPath(state, 'two', 'lock')).toBe('/c/.sla/labs/two/lock');
});

test('a private file is written whole, for its owner only, and nothing is left beside it', () => {
  const path = join(folder, 'a/b/secret');
  writePrivate(path, 'one');
  writePrivate(path, 'two');
  expect(readIfPresent(path)).toBe('two');
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(statSync(join(folder, 'a')).mode & 0o777).toBe(0o700);
  expect(readdirSync(join(folder, 'a/b'))).toEqual(['secret']);
});

test('a file that is written once is never overwritten', () => {
  const path = join(folder, 'a/once');
  expect([writePrivateOnce(path, 'one'), writePrivateOnce(path, 'two')]).toEqual([true, false]);
  expect(readIfPresent(path)).toBe('one');
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readdirSync(join(folder, 'a'))).toEqual(['once']);
});

test('a file that is not there has no text', () => {
  expect(readIfPresent(join(folder, 'absent'))).toBeUndefined();
});
