import type { HostName } from '../../core/application.ts';
import { SlaError } from '../../core/errors.ts';
import { shownKey } from '../../core/hostKey.ts';
import { fingerprintOf, pinnedKey } from '../../core/knownHosts.ts';
import { knownHostsPath, readIfPresent } from '../../core/state.ts';
import { pin } from '../adoption/hostKeys.ts';
import { patiently, untilForgiven } from '../adoption/patience.ts';
import { addressOfHost, type Context } from '../context.ts';
import { canAsk, isWordTyped } from '../prompt.ts';

/**
 * Pins the new key of a host in the place of the old one, when it is one of those that the client vouches for or a
 * person says so; else throws `host-key-changed`. Nothing is sent to the host before.
 */
export async function insistOnKey(
  context: Context,
  name: HostName,
  shown: SlaError,
  vouched: readonly string[],
): Promise<void> {
  const host = addressOfHost(context, name);
  const key = await patiently(() => shownKey(host, 10_000), untilForgiven(context.narrate));
  const before = pinnedKey(readIfPresent(knownHostsPath(context.state)) ?? '', host);
  const fingerprint = fingerprintOf(key);
  if (key === before) return;
  const keys = `${name} (${host.address}) shows a new host key:\n  pinned  ${before === undefined ? 'none' : fingerprintOf(before)}\n  shown   ${fingerprint}`;
  if (!vouched.includes(fingerprint) && !(await isVouchedFor(keys, vouched)))
    throw unconfirmed(name, shown, fingerprint, vouched);
  pin(context, [{ host, key, fingerprint, isPinned: false }]);
  context.narrate(`${keys}\npinned, as it was confirmed`);
}

/** Keys that were named leave nothing to ask: another one is the wrong one. */
async function isVouchedFor(keys: string, vouched: readonly string[]): Promise<boolean> {
  if (vouched.length > 0 || !canAsk()) return false;
  const question = `${keys}\nCompare it with what the client says. Type yes if it is the key of the new host:`;
  return isWordTyped(question, 'yes', '--new-key');
}

const unconfirmed = (
  name: HostName,
  shown: SlaError,
  fingerprint: string,
  vouched: readonly string[],
): SlaError =>
  new SlaError('host-key-changed', shown.message, {
    cause:
      vouched.length === 0
        ? 'nobody has confirmed the new key'
        : `--new-key names ${vouched.join(' and ')}, and not ${fingerprint}`,
    remedy: `compare ${fingerprint} with what the client says ("ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub" on the console of the new host); if it is the same, run "./sla rebuild ${name} --new-key ${fingerprint}": it goes on from there`,
  });
