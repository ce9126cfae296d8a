import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { SlaError } from './errors.ts';
import { readIfPresent, writePrivate } from './state.ts';

export interface Holder {
  readonly pid: number;
  readonly command: string;
  /** UTC, ISO 8601. */
  readonly since: string;
}

/** This process, while it runs `command`. */
export const holderHere = (command: string): Holder => ({
  pid: process.pid,
  command,
  since: new Date().toISOString(),
});

/**
 * Takes the lock at `path`, or throws `lab-busy` naming its holder. The lock is an exclusive transaction on an
 * empty SQLite file: the kernel frees it with its process, so that a dead holder never has to be recognised,
 * whoever got its process id since.
 */
export function takeLock(path: string, what: string, holder: Holder): Disposable {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const database = new DatabaseSync(path);
  try {
    // Whoever only looks holds it for a moment.
    database.exec('PRAGMA busy_timeout = 100; BEGIN EXCLUSIVE');
  } catch (thrown) {
    database.close();
    if (!isBusy(thrown)) throw thrown;
    throw busyError(path, what);
  }
  writePrivate(holderPath(path), JSON.stringify(holder));
  return { [Symbol.dispose]: () => database.close() };
}

/** Whoever holds the lock at `path` at this moment; undefined when nobody does. */
export function holderOf(path: string): Holder | undefined {
  if (!existsSync(path)) return undefined;
  const database = new DatabaseSync(path);
  try {
    database.exec('PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE');
    return undefined;
  } catch (thrown) {
    if (!isBusy(thrown)) throw thrown;
    return writtenHolder(path);
  } finally {
    database.close();
  }
}

const holderPath = (path: string): string => `${path}.holder.json`;

function writtenHolder(path: string): Holder | undefined {
  const text = readIfPresent(holderPath(path));
  return text === undefined ? undefined : (JSON.parse(text) as Holder);
}

function busyError(path: string, what: string): SlaError {
  const holder = writtenHolder(path);
  const by = holder
    ? `"${holder.command}" (process ${holder.pid}, since ${holder.since})`
    : 'another command';
  return new SlaError('lab-busy', `${what} is locked by ${by}`, {
    remedy: `wait for it to end${holder ? `, or end it with "kill ${holder.pid}"` : ''}; then run the same command again`,
  });
}

const isBusy = (thrown: unknown): boolean =>
  thrown instanceof Error && 'errcode' in thrown && (thrown.errcode === 5 || thrown.errcode === 261);
