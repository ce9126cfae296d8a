import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { hostNames } from '../core/application.ts';
import type { HostAddress } from '../core/host.ts';
import { runLocal } from '../core/local.ts';
import { keyPath, knownHostsPath, readIfPresent, type StateFolder, writePrivate } from '../core/state.ts';

/** Makes the operator key and one host key per host, once for all labs of this checkout. */
export async function ensureKeys(state: StateFolder): Promise<void> {
  await Promise.all(['operator', ...hostNames].map((name) => ensureKey(keyPath(state, name), name)));
}

/** Paths of the keys that are not there. */
export const missingKeys = (state: StateFolder): readonly string[] =>
  ['operator', ...hostNames].map((name) => keyPath(state, name)).filter((path) => !existsSync(path));

/** Pins the keys of a lab's hosts in known_hosts; lines of other hosts stay. */
export function pinHostKeys(state: StateFolder, hosts: readonly HostAddress[]): void {
  const path = knownHostsPath(state);
  const before = readIfPresent(path) ?? '';
  const after = withPins(
    before,
    hosts.map(({ name, address }) => ({ address, key: readFileSync(`${keyPath(state, name)}.pub`, 'utf8') })),
  );
  if (after !== before) writePrivate(path, after);
}

/** Forgets the keys of hosts that are gone. */
export function unpinHostKeys(state: StateFolder, hosts: readonly HostAddress[]): void {
  const before = readIfPresent(knownHostsPath(state));
  const addresses = new Set(hosts.map(({ address }) => address));
  if (before !== undefined) writePrivate(knownHostsPath(state), linesWithout(before, addresses).join(''));
}

/** `knownHosts` with exactly one line for each pin, public keys as in a .pub file. */
export function withPins(
  knownHosts: string,
  pins: readonly { readonly address: string; readonly key: string }[],
): string {
  const kept = linesWithout(knownHosts, new Set(pins.map(({ address }) => address)));
  const pinned = pins.map(({ address, key }) => `${address} ${key.split(/\s+/).slice(0, 2).join(' ')}\n`);
  return [...kept, ...pinned].join('');
}

const linesWithout = (knownHosts: string, addresses: ReadonlySet<string>): readonly string[] =>
  knownHosts
    .split('\n')
    .filter((line) => line.trim() !== '' && !addresses.has(line.split(/\s+/)[0] ?? ''))
    .map((line) => `${line}\n`);

async function ensureKey(path: string, comment: string): Promise<void> {
  if (existsSync(path) && existsSync(`${path}.pub`)) return;
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${process.pid}`;
  const made = await runLocal([
    'ssh-keygen',
    '-q',
    '-t',
    'ed25519',
    '-N',
    '',
    '-C',
    `sla-lab ${comment}`,
    '-f',
    draft,
  ]);
  if (made.exitCode !== 0) throw new Error(`ssh-keygen failed for ${path}: ${made.stderr}`);
  // The public half first: the private one says that the pair is complete.
  await runLocal(['mv', `${draft}.pub`, `${path}.pub`]);
  await runLocal(['mv', draft, path]);
}
