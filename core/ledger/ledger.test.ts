import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Event, eventOf } from '../events.ts';
import { openLedger } from './ledger.ts';

// In memory, where there is such a place: thousands of files, each flushed, wear a disk for nothing.
const quickFolder = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(quickFolder, 'sla-ledger-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const path = (name = 'ledger.sqlite') => join(folder, name);
const numbered = (number: number): Event =>
  eventOf('guarantee gone', { why: `reason ${number}` }, 1_000 + number, `event-${number}`);
const idsIn = (name = 'ledger.sqlite'): readonly string[] => {
  using ledger = openLedger(path(name));
  return ledger.after(0, 10_000).map(({ id }) => id);
};

test('what was appended is read again, in order and from a place on', () => {
  {
    using ledger = openLedger(path());
    expect(ledger.append([numbered(1), numbered(2)])).toBe(2);
    expect(ledger.append([numbered(3)])).toBe(1);
    expect(ledger.last()).toBe(3);
  }
  using again = openLedger(path());
  expect(again.after(1, 1)).toEqual([{ sequence: 2, ...numbered(2) }]);
  expect(again.after(2, 10)).toEqual([{ sequence: 3, ...numbered(3) }]);
});

test('an event that is appended again changes nothing', () => {
  using ledger = openLedger(path());
  ledger.append([numbered(1)]);
  expect(ledger.append([numbered(1), { ...numbered(1), atMs: 9 }, numbered(2)])).toBe(1);
  expect(ledger.after(0, 10).map(({ id, atMs }) => [id, atMs])).toEqual([
    ['event-1', 1001],
    ['event-2', 1002],
  ]);
});

test('of several events all are there or none', () => {
  using ledger = openLedger(path());
  const broken = { ...numbered(2), kind: null } as unknown as Event;
  expect(() => ledger.append([numbered(1), broken])).toThrow();
  expect(ledger.last()).toBe(0);
  ledger.append([numbered(3)]);
  expect(ledger.after(0, 10).map(({ id }) => id)).toEqual(['event-3']);
});

test('events are read by their kind', () => {
  using ledger = openLedger(path());
  ledger.append([numbered(1), eventOf('guarantee back', { why: 'caught up' }, 5), numbered(2)]);
  expect([...ledger.ofKinds(['guarantee back'])].map(({ sequence }) => sequence)).toEqual([2]);
  expect([...ledger.ofKinds(['guarantee gone', 'guarantee back'])].length).toBe(3);
});

test('a copy holds what was appended before it, and is for its owner only', () => {
  using ledger = openLedger(path());
  ledger.append([numbered(1)]);
  ledger.copyTo(path('copies/ledger.sqlite'));
  ledger.append([numbered(2)]);
  expect(idsIn('copies/ledger.sqlite')).toEqual(['event-1']);
  expect(statSync(path('copies/ledger.sqlite')).mode & 0o777).toBe(0o600);
  ledger.copyTo(path('copies/ledger.sqlite'));
  expect(idsIn('copies/ledger.sqlite')).toEqual(['event-1', 'event-2']);
});

test('torn at every byte of its log, it opens at the last whole append', () => {
  // Small pages: the log of a few events has thousands of bytes instead of a hundred thousand.
  openLedger(path(), 512)[Symbol.dispose]();
  using ledger = openLedger(path());
  const sizes: number[] = [];
  const wal = () => statSync(path('ledger.sqlite-wal')).size;
  for (let number = 1; number <= 3; number += 1) {
    ledger.append([numbered(number)]);
    sizes.push(wal());
  }
  const main = readFileSync(path());
  const log = readFileSync(path('ledger.sqlite-wal'));
  expect(sizes.at(-1)).toBe(log.length);
  for (let bytes = 0; bytes <= log.length; bytes += 1) {
    writeFileSync(path('torn'), main);
    writeFileSync(path('torn-wal'), log.subarray(0, bytes));
    const whole = sizes.filter((size) => size <= bytes).length;
    expect(idsIn('torn').length).toBe(whole);
    rmSync(path('torn-shm'), { force: true });
  }
}, 120_000);

test('a log whose end is garbage opens at the last whole append', () => {
  using ledger = openLedger(path(), 512);
  for (let number = 1; number <= 6; number += 1) ledger.append([numbered(number)]);
  const log = readFileSync(path('ledger.sqlite-wal'));
  for (let bytes = 600; bytes < log.length; bytes += 97) {
    copyFileSync(path(), path('torn'));
    const damaged = Buffer.from(log);
    damaged.fill(0xaa, bytes);
    writeFileSync(path('torn-wal'), damaged);
    const found = idsIn('torn');
    expect(found).toEqual(
      ['event-1', 'event-2', 'event-3', 'event-4', 'event-5', 'event-6'].slice(0, found.length),
    );
    expect(found.length).toBeLessThan(6);
  }
});

test('a writer that is killed fifty times loses nothing that it said was written', async () => {
  const acknowledged: string[] = [];
  for (let round = 0; round < 50; round += 1) {
    const child = spawn(process.execPath, ['--input-type=module', '--eval', writing(path(), round)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const patience = 1 + ((round * 7) % 13);
    let heard = '';
    child.stdout.on('data', (chunk) => {
      heard += chunk;
      if (heard.split('\n').length > patience) child.kill('SIGKILL');
    });
    await once(child, 'close');
    acknowledged.push(...heard.split('\n').slice(0, -1));
    const found = new Set(idsIn());
    expect(acknowledged.filter((id) => !found.has(id))).toEqual([]);
  }
  expect(acknowledged.length).toBeGreaterThan(100);
}, 120_000);

const writing = (file: string, round: number): string => `
  import { writeSync } from 'node:fs';
  const { openLedger } = await import(${JSON.stringify(join(import.meta.dirname, 'ledger.ts'))});
  const ledger = openLedger(${JSON.stringify(file)});
  for (let number = 0; ; number += 1) {
    const id = 'round-${round}-' + number;
    ledger.append([{ id, atMs: number, kind: 'guarantee gone', data: { why: 'x'.repeat(number % 5000) } }]);
    writeSync(1, id + '\\n');
  }
`;
