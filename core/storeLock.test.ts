import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { localHost } from './localHost.ts';
import { takeStoreLock } from './storeLock.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sla-store-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const file = (store: string) => join(folder, `sla-${store}.lock`);
const isFree = (store: string): boolean => {
  try {
    execFileSync('flock', ['--nonblock', file(store), 'true']);
    return true;
  } catch {
    return false;
  }
};
const take = (stores: readonly string[], who = 'agent', what = 'full backup') =>
  takeStoreLock(localHost('docker'), { stores, who, what, folder });

test('stores are held until they are given back, also for other programs', async () => {
  const lock = await take(['redis', 'postgres']);
  expect([isFree('postgres'), isFree('redis'), isFree('repository')]).toEqual([false, false, true]);
  await lock[Symbol.asyncDispose]();
  await lock[Symbol.asyncDispose]();
  expect([isFree('postgres'), isFree('redis')]).toEqual([true, true]);
});

test('the second is told who has it, since when and what for, and holds none of the others', async () => {
  await using _lock = await take(['redis']);
  expect(readFileSync(file('redis'), 'utf8')).toMatch(/^\d+ agent \d{4}-\d\d-\d\dT[\d:]+Z full backup\n$/);
  await expect(take(['postgres', 'redis'], 'somebody', 'a restore')).rejects.toMatchObject({
    code: 'store-busy',
    message: 'somebody else works on redis',
    cause: expect.stringMatching(/^agent \(full backup, process \d+, since \d{4}-/),
  });
  expect(isFree('postgres')).toBe(true);
});

test('a holder that wrote nothing is somebody', async () => {
  const child = spawn('flock', [file('redis'), 'sh', '-c', 'echo; read x'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  await expect(take(['redis'])).rejects.toMatchObject({ cause: 'somebody else' });
  child.stdin.end();
  await once(child, 'close');
});

test('a process that is killed holds nothing any more', async () => {
  const url = (name: string) => JSON.stringify(new URL(name, import.meta.url).href);
  const script = `
    const { takeStoreLock } = await import(${url('storeLock.ts')});
    const { localHost } = await import(${url('localHost.ts')});
    const order = { stores: ['postgres'], who: 'agent', what: 'x', folder: ${JSON.stringify(folder)} };
    globalThis.held = await takeStoreLock(localHost('docker'), order);
    console.log('held');
    setInterval(() => undefined, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  expect(isFree('postgres')).toBe(false);
  child.kill('SIGKILL');
  await once(child, 'exit');
  execFileSync('flock', ['--timeout', '10', file('postgres'), 'true']);
  expect(isFree('postgres')).toBe(true);
});

test('a folder that takes no lock is an error that names the file', async () => {
  folder = join(folder, 'none');
  await expect(take(['postgres'])).rejects.toMatchObject({
    cause: expect.stringContaining('sla-postgres.lock'),
  });
});
