import { existsSync } from 'node:fs';
import { SlaError } from '../../core/errors.ts';
import type { Host, HostAddress } from '../../core/host.ts';
import { openHost } from '../../core/ssh.ts';
import { Secret } from '../../provision/secret.ts';
import type { Context } from '../context.ts';
import { publicKeyOf } from '../operatorKey.ts';
import { askSecret, canAsk } from '../prompt.ts';
import { patiently, untilForgiven } from './patience.ts';

/** How a host lets us in; a password is kept in memory only, and used for nothing but to leave our key. */
export type Login = { readonly kind: 'key' } | { readonly kind: 'password'; readonly password: Secret };

/** Where a password may stand, for whoever cannot type one. */
export const passwordVariable = 'SLA_ADOPT_PASSWORD';

/** Asks for a password at most once, whatever number of hosts wants it; undefined when nobody can be asked. */
export function passwordSource(env = process.env): () => Promise<Secret | undefined> {
  let asked: Promise<Secret | undefined> | undefined;
  const ask = async () => {
    const given = env[passwordVariable];
    if (given) return new Secret(given);
    return canAsk()
      ? new Secret(await askSecret('Password of the user on the hosts that refuse the key'))
      : undefined;
  };
  return () => {
    asked ??= ask();
    return asked;
  };
}

/** Ways into the hosts, under the keys of `knownHosts`. */
export interface Door {
  readonly context: Context;
  readonly knownHosts: string;
  readonly password: () => Promise<Secret | undefined>;
}

/**
 * Opens a host by key, or else by password. Errors: those of `openHost`; `login-refused` names the remedy, which
 * ends with `next`.
 */
export async function findLogin(door: Door, host: HostAddress, next = 'run "./sla adopt"'): Promise<Login> {
  if (existsSync(door.context.keyFile) && (await letsIn(door, host, { kind: 'key' }))) return { kind: 'key' };
  const password = await door.password();
  if (password && (await letsIn(door, host, { kind: 'password', password })))
    return { kind: 'password', password };
  const { name, address, user } = host;
  throw new SlaError(
    'login-refused',
    `${name} (${address}) lets ${user} in neither by key nor by ${password ? 'this password' : 'a password: none was given'}`,
    {
      remedy: `set adopted.key and the user in sla.config.ts, or give the password of ${user} in ${passwordVariable}; then ${next}`,
    },
  );
}

async function letsIn(door: Door, host: HostAddress, login: Login): Promise<boolean> {
  try {
    (await openWith(door, host, login, true)).close();
    return true;
  } catch (thrown) {
    if (thrown instanceof SlaError && thrown.code === 'login-refused') return false;
    throw thrown;
  }
}

/** Opens a host; `isPlain` as the user who logs in, else as root. */
export const openWith = (
  { context, knownHosts }: Door,
  host: HostAddress,
  login: Login,
  isPlain: boolean,
): Promise<Host> =>
  patiently(
    () =>
      openHost(host, {
        keyFile: context.keyFile,
        knownHosts,
        connectTimeoutMs: 15_000,
        isPlain,
        ...(login.kind === 'password' ? { password: login.password.reveal() } : {}),
      }),
    untilForgiven(context.narrate),
  );

/** Leaves our public key with the user who logs in, beside those that are there. */
export async function leaveKey(door: Door, host: HostAddress, login: Login): Promise<void> {
  const session = await openWith(door, host, login, true);
  try {
    await session.exec(['sh', '-c', leaveScript, 'sh', await publicKeyOf(door.context.keyFile)]);
  } finally {
    session.close();
  }
  (await openWith(door, host, { kind: 'key' }, true)).close();
}

// A last line without an end would swallow ours.
const leaveScript = `umask 077; mkdir -p ~/.ssh && file=~/.ssh/authorized_keys && touch "$file" || exit
grep -qxF -- "$1" "$file" && exit 0
[ -z "$(tail -c1 "$file")" ] || echo >> "$file"
printf '%s\\n' "$1" >> "$file"`;
