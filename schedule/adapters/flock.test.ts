import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { flockLocks } from './flock.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sla-flock-'));
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
const taken = async (store: string) => {
  const lease = await flockLocks('agent', folder).take(store, 'full backup');
  if (typeof lease === 'string') throw new Error(`held by ${lease}`);
  return lease;
};

test('a store is held until it is released, also for other programs', async () => {
  const lease = await taken('postgres');
  expect([isFree('postgres'), isFree('redis')]).toEqual([false, true]);
  await lease.release();
  await lease.release();
  expect(isFree('postgres')).toBe(true);
});

test('the second is told who has it, since when and what for', async () => {
  const lease = await taken('postgres');
  expect(readFileSync(file('postgres'), 'utf8')).toMatch(/^\d+ agent \d{4}-\d\d-\d\dT[\d:]+Z full backup\n$/);
  expect(await flockLocks('cli', folder).take('postgres', 'restore')).toMatch(
    /^agent \(full backup, process \d+, since \d{4}-/,
  );
  await lease.release();
});

test('a holder that wrote nothing is somebody', async () => {
  const child = spawn('flock', [file('redis'), 'sh', '-c', 'echo; read x'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  expect(await flockLocks('agent', folder).take('redis', 'x')).toBe('somebody else');
  child.stdin.end();
  await once(child, 'close');
});

test('a process that is killed holds nothing any more', async () => {
  const script = `
    const { flockLocks } = await import(${JSON.stringify(join(import.meta.dirname, 'flock.ts'))});
    await flockLocks('agent', ${JSON.stringify(folder)}).take('postgres', 'full backup');
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
  await expect(flockLocks('agent', join(folder, 'none')).take('postgres', 'x')).rejects.toThrow(
    'sla-postgres.lock',
  );
});
