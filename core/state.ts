import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

/** Where this checkout keeps what it made: keys, pinned host keys, and one folder per lab. */
export interface StateFolder {
  readonly checkout: string;
  readonly path: string;
}

export const checkoutPath = dirname(import.meta.dirname);

/** `SLA_STATE_DIR` moves the folder, for tests that must not meet a user's lab. */
export const stateFolder = (env = process.env): StateFolder => ({
  checkout: checkoutPath,
  path: env.SLA_STATE_DIR ?? join(checkoutPath, '.sla'),
});

export const keyPath = (state: StateFolder, name: string): string => join(state.path, 'keys', name);
export const knownHostsPath = (state: StateFolder): string => join(state.path, 'known_hosts');
export const labPath = (state: StateFolder, lab: string, ...parts: readonly string[]): string =>
  join(state.path, 'labs', lab, ...parts);

/** Writes a file whole or not at all, readable by its owner only. */
export function writePrivate(path: string, content: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${process.pid}.new`;
  writeFileSync(draft, content, { mode: 0o600 });
  renameSync(draft, path);
}

/** As `writePrivate`, but never in the place of a file: false when there is one, whoever made it meanwhile. */
export function writePrivateOnce(path: string, content: string): boolean {
  const draft = `${path}.${process.pid}.draft`;
  writePrivate(draft, content);
  try {
    linkSync(draft, path);
    return true;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'EEXIST') throw thrown;
    return false;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** The text of a file, or undefined when there is none. */
export const readIfPresent = (path: string): string | undefined =>
  existsSync(path) ? readFileSync(path, 'utf8') : undefined;

/** Returns when what was written is on the disk, whatever happens to the power afterwards; a folder's names too. */
export function flush(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
