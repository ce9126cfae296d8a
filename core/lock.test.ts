import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { holderOf, takeLock } from './lock.ts';

const holder = { pid: 4711, command: 'sla up', since: '2026-01-05T09:00:00.000Z' };

let path: string;
beforeEach(() => {
  path = join(mkdtempSync(join(tmpdir(), 'sla-lock-')), 'labs', 'sla', 'lock');
});
afterEach(() => rmSync(join(path, '../../..'), { recursive: true, force: true }));

const take = (by = holder) => takeLock(path, 'lab sla', by);

test('a second taker is told who holds it and since when', () => {
  using _lock = take();
  expect(() => take({ ...holder, pid: 1 })).toThrowError(
    expect.objectContaining({
      code: 'lab-busy',
      message: 'lab sla is locked by "sla up" (process 4711, since 2026-01-05T09:00:00.000Z)',
      remedy: expect.stringContaining('kill 4711'),
    }),
  );
});

test('a lock that was given back can be taken again', () => {
  take()[Symbol.dispose]();
  using _lock = take({ ...holder, command: 'sla down' });
  expect(() => take()).toThrow(/locked by "sla down"/);
});

test('who holds it is told to whoever asks, and nobody when it is free', () => {
  expect(holderOf(path)).toBeUndefined();
  const lock = take();
  expect(holderOf(path)).toEqual(holder);
  lock[Symbol.dispose]();
  expect(holderOf(path)).toBeUndefined();
});

test('two labs do not lock each other', () => {
  using _lock = take();
  using _other = takeLock(`${path}-other`, 'lab other', holder);
  expect(existsSync(`${path}-other`)).toBe(true);
});

test('a holder that says nothing of itself is another command', () => {
  using _lock = take();
  rmSync(`${path}.holder.json`);
  expect(() => take()).toThrow('lab sla is locked by another command');
});

test('the name of the holder is for its owner only', () => {
  using _lock = take();
  expect(statSync(`${path}.holder.json`).mode & 0o777).toBe(0o600);
});

test('a folder that cannot hold a lock is a bug and not a busy lab', () => {
  using _lock = takeLock(`${path}-file`, 'x', holder);
  expect(() => takeLock(join(`${path}-file`, 'lock'), 'x', holder)).toThrow(/ENOTDIR|EEXIST/);
});

test('a killed holder frees its lock', async () => {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', holding(path)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  try {
    await once(child.stdout, 'data');
    expect(() => take()).toThrow(/locked by "other"/);
  } finally {
    child.kill('SIGKILL');
  }
  await exited;
  using lock = take();
  expect(lock).toBeDefined();
});

const holding = (lock: string): string => `
  const { takeLock } = await import(${JSON.stringify(new URL('lock.ts', import.meta.url).href)});
  globalThis.held = takeLock(${JSON.stringify(lock)}, 'lab', { pid: process.pid, command: 'other', since: 'now' });
  process.stdout.write('held');
  setInterval(() => {}, 1000);
`;
