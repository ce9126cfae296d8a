import type { HostName } from '../../core/application.ts';
import { allOrOneError, SlaError } from '../../core/errors.ts';
import type { HostAddress } from '../../core/host.ts';
import { shownKey } from '../../core/hostKey.ts';
import { fingerprintOf, pinnedKey, placeOf } from '../../core/knownHosts.ts';
import { knownHostsPath, readIfPresent, writePrivate } from '../../core/state.ts';
import { withPins } from '../../lab/keys.ts';
import type { Context } from '../context.ts';
import { canAsk, isAnsweredYes } from '../prompt.ts';
import { patiently, untilForgiven } from './patience.ts';

export interface ShownKey {
  readonly host: HostAddress;
  readonly key: string;
  readonly fingerprint: string;
  readonly isPinned: boolean;
}

/** The keys that the hosts show. Errors: `host-unreachable`; `host-key-changed` where another one is pinned. */
export function shownKeys({ hosts, state, narrate }: Context): Promise<readonly ShownKey[]> {
  const knownHosts = readIfPresent(knownHostsPath(state)) ?? '';
  return allOrOneError(
    hosts.map(async (host) => {
      const key = await patiently(() => shownKey(host, 10_000), untilForgiven(narrate));
      const pinned = pinnedKey(knownHosts, host);
      if (pinned !== undefined && pinned !== key) throw changed(host, key, pinned);
      return { host, key, fingerprint: fingerprintOf(key), isPinned: pinned !== undefined };
    }),
  );
}

const changed = ({ name, address }: HostAddress, key: string, pinned: string): SlaError =>
  new SlaError(
    'host-key-changed',
    `${name} (${address}) shows the host key ${fingerprintOf(key)}, but ${fingerprintOf(pinned)} is pinned`,
    { remedy: 'do not connect; follow docs/runbooks/host-key-changed.md' },
  );

/** Throws `adoption-refused` unless a person, or `--yes`, vouches for the keys that are not pinned yet. */
export async function insistOnTrust(keys: readonly ShownKey[], isTrusted: boolean): Promise<void> {
  const strange = keys.filter(({ isPinned }) => !isPinned);
  if (strange.length === 0 || isTrusted) return;
  const list = keyList(strange);
  if (canAsk()) {
    process.stderr.write(`These hosts show keys that are not known here:\n${list}\n`);
    if (await isAnsweredYes('Are these the keys of your hosts?')) return;
  }
  throw new SlaError('adoption-refused', 'nobody has vouched for the keys that the hosts show', {
    cause: list,
    remedy:
      'compare them with "ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub" on the console of each host, then run "./sla adopt --yes"',
  });
}

const keyList = (keys: readonly ShownKey[]): string =>
  keys
    .map(({ host, fingerprint }) => `${host.name.padEnd(7)} ${host.address.padEnd(15)} ${fingerprint}`)
    .join('\n');

/** The text of known_hosts with these keys in it. */
export const knownWith = ({ state }: Context, keys: readonly ShownKey[]): string =>
  withPins(
    readIfPresent(knownHostsPath(state)) ?? '',
    keys.map(({ host, key }) => ({ address: placeOf(host), key: `ssh-ed25519 ${key}` })),
  );

export const pin = (context: Context, keys: readonly ShownKey[]): void =>
  writePrivate(knownHostsPath(context.state), knownWith(context, keys));

export const fingerprintFor = (keys: readonly ShownKey[], name: HostName): string =>
  keys.find(({ host }) => host.name === name)?.fingerprint ?? '';
