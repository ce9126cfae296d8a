import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { HostAddress } from '../core/host.ts';
import { pinnedKey } from '../core/knownHosts.ts';
import { keyPath, knownHostsPath, readIfPresent, type StateFolder } from '../core/state.ts';
import { ensureKeys, pinHostKeys, unpinHostKeys, withPins } from './keys.ts';

describe('pins', () => {
  const db = { address: '10.77.0.12', key: 'ssh-ed25519 AAAAdb sla-lab db\n' };
  const app = { address: '10.77.0.11', key: 'ssh-ed25519 AAAAapp sla-lab app\n' };

  test('each host gets one line, without the comment of its key', () => {
    expect(withPins('', [app, db])).toBe('10.77.0.11 ssh-ed25519 AAAAapp\n10.77.0.12 ssh-ed25519 AAAAdb\n');
  });

  test('the same pins again change nothing', () => {
    const once = withPins('10.78.0.11 ssh-ed25519 AAAAother\n', [app, db]);
    expect(withPins(once, [app, db])).toBe(once);
  });

  test('lines of other hosts stay, and so do comments', () => {
    const others = '# mine\n10.77.0.121 ssh-ed25519 AAAAother\n[10.77.0.12]:2222 ssh-ed25519 AAAAother\n';
    expect(withPins(others, [db])).toBe(`${others}10.77.0.12 ssh-ed25519 AAAAdb\n`);
  });

  test('an older key of the same address is replaced, and a line without its end is whole again', () => {
    expect(withPins('10.77.0.12 ssh-ed25519 AAAAold\n10.77.0.99 ssh-ed25519 AAAAx', [db])).toBe(
      '10.77.0.99 ssh-ed25519 AAAAx\n10.77.0.12 ssh-ed25519 AAAAdb\n',
    );
  });
});

describe('the keys of a checkout', () => {
  let state: StateFolder;
  const hosts: readonly HostAddress[] = (['app', 'db', 'docker'] as const).map((name, index) => ({
    name,
    address: `10.77.0.${11 + index}`,
    user: 'root',
    sshPort: 22,
  }));
  beforeEach(() => {
    state = { checkout: '/checkout', path: mkdtempSync(join(tmpdir(), 'sla-keys-')) };
  });
  afterEach(() => rmSync(state.path, { recursive: true, force: true }));

  test('are made once, the private halves for their owner only', async () => {
    await ensureKeys(state);
    const first = readFileSync(keyPath(state, 'operator'), 'utf8');
    await ensureKeys(state);
    expect(readFileSync(keyPath(state, 'operator'), 'utf8')).toBe(first);
    expect(readdirSync(join(state.path, 'keys')).toSorted()).toEqual([
      'app',
      'app.pub',
      'db',
      'db.pub',
      'docker',
      'docker.pub',
      'operator',
      'operator.pub',
    ]);
    expect(statSync(keyPath(state, 'db')).mode & 0o777).toBe(0o600);
  });

  test('a pair of which one half is missing is made again', async () => {
    await ensureKeys(state);
    rmSync(keyPath(state, 'db'));
    await ensureKeys(state);
    expect(existsSync(keyPath(state, 'db'))).toBe(true);
  });

  test('are pinned under the addresses of the hosts, and forgotten with them', async () => {
    await ensureKeys(state);
    pinHostKeys(state, hosts);
    const knownHosts = readFileSync(knownHostsPath(state), 'utf8');
    for (const host of hosts)
      expect(readFileSync(`${keyPath(state, host.name)}.pub`, 'utf8')).toContain(pinnedKey(knownHosts, host));
    unpinHostKeys(state, hosts.slice(0, 2));
    expect(readIfPresent(knownHostsPath(state))).toMatch(/^10\.77\.0\.13 \S+ \S+\n$/);
  });

  test('forgetting what was never pinned makes no file', () => {
    unpinHostKeys(state, hosts);
    expect(existsSync(knownHostsPath(state))).toBe(false);
  });
});
