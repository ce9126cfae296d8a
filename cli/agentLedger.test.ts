import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { eventOf } from '../core/events.ts';
import { openLedger } from '../core/ledger/ledger.ts';
import { localHost } from '../core/localHost.ts';
import { copyName, openAgentLedger } from './agentLedger.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sla-agent-ledger-'));
  mkdirSync(join(folder, 'app'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const path = () => join(folder, 'docker/ledger/ledger.sqlite');
const logged: string[] = [];

/** docker, where rsync copies from a folder; without one app does not answer. */
const host =
  (isThere = true) =>
  () => ({
    ...localHost('docker'),
    exec: async (argv: readonly string[]) => {
      if (!isThere) throw new Error('app does not answer');
      return localHost('docker').exec(['cp', '-pr', `${folder}/app/.`, String(argv.at(-1))]);
    },
  });
const open = (isThere = true) =>
  openAgentLedger(path(), host(isThere), (message) => void logged.push(message));

/** Leaves a copy with an event on app; gives the name of its ledger. */
function copyWith(why: string, age: number): string {
  const source = join(folder, `${why}.sqlite`);
  using ledger = openLedger(source);
  ledger.append([
    eventOf('agent started', { build: why, jobs: [] }, 1),
    eventOf('guarantee gone', { why }, 2),
  ]);
  const copy = join(folder, 'app', copyName(ledger));
  ledger.copyTo(copy);
  utimesSync(copy, age, age);
  return ledger.name;
}

test('a ledger that is there goes on, whatever app has', async () => {
  copyWith('copied', 1);
  const name = openLedger(path()).name;
  expect((await open()).name).toBe(name);
});

test('a lost ledger goes on with the newest copy, under its name', async () => {
  copyWith('older', 1000);
  const name = copyWith('newer', 2000);
  const ledger = await open();
  expect(ledger.name).toBe(name);
  expect(ledger.after(0, 9).map(({ kind, data }) => [kind, data])).toMatchObject([
    ['agent started', { build: 'newer' }],
    ['guarantee gone', { why: 'newer' }],
    ['ledger brought back', { from: 'app', sequence: 2 }],
  ]);
  expect(readdirSync(join(folder, 'docker/ledger')).filter((file) => file.startsWith('back-'))).toEqual([]);
});

test('a copy that is no ledger is passed over', async () => {
  const name = copyWith('sound', 1000);
  writeFileSync(join(folder, 'app/ledger-torn.sqlite'), 'SQLite format 3\0 and then nothing that is one');
  expect((await open()).name).toBe(name);
});

test.each([true, false])(
  'without a copy it begins (app answers: %s), under a name of its own',
  async (isThere) => {
    const ledger = await open(isThere);
    expect(ledger.last()).toBe(0);
    expect(ledger.name).not.toBe(openLedger(join(folder, 'other.sqlite')).name);
  },
);

test('a damaged ledger is set aside, not overwritten', async () => {
  const name = copyWith('copied', 1000);
  mkdirSync(join(folder, 'docker/ledger'), { recursive: true });
  copyFileSync(join(folder, 'copied.sqlite'), path());
  writeFileSync(path(), 'no database at all, but long enough to be taken for one'.repeat(100));
  expect((await open()).name).toBe(name);
  const aside = readdirSync(join(folder, 'docker/ledger')).filter((file) => file.includes('.damaged-'));
  expect(aside.length).toBe(1);
  expect(existsSync(path())).toBe(true);
});
