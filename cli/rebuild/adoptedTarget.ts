import type { HostName } from '../../core/application.ts';
import { SlaError } from '../../core/errors.ts';
import { knownHostsPath, readIfPresent } from '../../core/state.ts';
import { type ClientDelivery, isOurs, replacedByClient } from '../../rebuild/byClient.ts';
import { type Door, findLogin, leaveKey, passwordSource } from '../adoption/login.ts';
import { addressOfHost, type Context, insistOnLab, withHost } from '../context.ts';
import { recordDelivered } from '../delivered.ts';
import { settleHost } from '../settle.ts';
import { insistOnKey } from './newKey.ts';
import { insistOnSameDelivery } from './sameDelivery.ts';
import type { RebuildTarget } from './target.ts';

/** What a person may say beforehand of the host that the client delivers. */
export interface DeliveryTerms {
  /** Fingerprints of keys that the client vouches for. */
  readonly newKeys: readonly string[];
  readonly acceptsDifferences: boolean;
  readonly waitMs: number;
}

/** Hosts that the client makes. Error: `adoption-refused` before they are adopted. */
export async function adoptedTarget(context: Context, terms: DeliveryTerms): Promise<RebuildTarget> {
  await insistOnLab(context);
  return {
    context,
    replacement: replacedByClient(deliveryOf(context, terms)),
    boot: (name, narrate) =>
      settleHost(
        context,
        name,
        narrate,
        async (host) => void (await recordDelivered(context, host, narrate)),
      ),
    monitoring: undefined,
  };
}

function deliveryOf(context: Context, terms: DeliveryTerms): ClientDelivery {
  const password = passwordSource();
  return {
    open: (name) => context.openHost(name, 10_000),
    confirmNewKey: (name, shown) => insistOnKey(context, name, shown, terms.newKeys),
    letUsIn: async (name, refused, narrate) => {
      // Nobody but the client can change what sudo allows.
      if (refused.code !== 'login-refused') throw refused;
      const knownHosts = readIfPresent(knownHostsPath(context.state)) ?? '';
      await leaveOurKey({ context: { ...context, narrate }, knownHosts, password }, name);
    },
    insistOnDelivered: (host, narrate) =>
      insistOnSameDelivery(context, host, terms.acceptsDifferences, narrate),
    everyMs: 3000,
    refusedEveryMs: 10_000,
    waitMs: terms.waitMs,
    startMs: 30_000,
    signal: context.signal,
  };
}

/** As an adoption does it: the password is used once, and kept nowhere. */
async function leaveOurKey(door: Door, name: HostName): Promise<void> {
  const host = addressOfHost(door.context, name);
  const login = await findLogin(door, host, `run "./sla rebuild ${name}": it goes on from there`);
  if (login.kind === 'key') return;
  await leaveKey(door, host, login);
  door.context.narrate(`our key is left on ${name}, by password`);
}

/**
 * Throws `usage` for a host that carries nothing of ours: the client has delivered it anew already, and what is
 * saved there would be the empty stores of a new host. One that does not answer tells nothing.
 */
export async function insistOnOld(context: Context, name: HostName): Promise<void> {
  const isOld = await withHost(context, name, isOurs, 10_000).catch((thrown: unknown) => {
    if (thrown instanceof SlaError) return true;
    throw thrown;
  });
  if (isOld) return;
  throw new SlaError('usage', `${name} carries nothing of ours: is it new, or was it never converged?`, {
    remedy: `when the client has delivered it anew already, run "./sla rebuild ${name} --is-new"; when it still holds what must be saved, run "./sla converge ${name}" first`,
  });
}
