import { setTimeout as sleep } from 'node:timers/promises';
import type { HostName } from '../core/application.ts';
import { SlaError } from '../core/errors.ts';
import type { Host } from '../core/host.ts';
import type { OpenHost, Replacement } from './types.ts';

/** What waiting for the client takes. */
export interface ClientDelivery {
  /** Errors: those of `openHost`, `host-key-changed` among them. */
  readonly open: OpenHost;
  /** Whether the new key that a host shows is the client's; then it is pinned. */
  confirmNewKey(name: HostName, shown: SlaError): Promise<boolean>;
  /** Throws unless a host is as it was delivered the first time. */
  insistOnDelivered(host: Host, narrate: (line: string) => void): Promise<void>;
  readonly everyMs: number;
  readonly waitMs: number;
}

/**
 * A host that only the client can make again: says so, and waits until one answers at its address that is not the
 * old one any more, under the pinned key or a new one that a person confirmed, and is as it was delivered.
 */
export const replacedByClient = (delivery: ClientDelivery): Replacement => ({
  what: 'have the client deliver the host again: everything on it is lost',
  prepare: (name) => markOld(name, delivery),
  replace: async (name, narrate) => {
    narrate(`ask the client to deliver ${name} again, with the same address; this waits until it is there`);
    const host = await newHost(name, delivery, narrate);
    try {
      await delivery.insistOnDelivered(host, narrate);
    } finally {
      host.close();
    }
  },
});

const oldMark = '/var/lib/sla-being-replaced';

/** The old host may go on answering for hours: only one without this mark is new. */
async function markOld(name: HostName, { open }: ClientDelivery): Promise<void> {
  const host = await open(name).catch(() => undefined);
  try {
    await host?.exec(['touch', oldMark]);
  } finally {
    host?.close();
  }
}

async function newHost(
  name: HostName,
  delivery: ClientDelivery,
  narrate: (line: string) => void,
): Promise<Host> {
  const deadline = performance.now() + delivery.waitMs;
  for (;;) {
    const host = await openNew(name, delivery, narrate);
    if (host) return host;
    if (performance.now() > deadline) throw notDelivered(name, delivery.waitMs);
    await sleep(delivery.everyMs);
  }
}

async function openNew(
  name: HostName,
  delivery: ClientDelivery,
  narrate: (line: string) => void,
): Promise<Host | undefined> {
  try {
    const host = await delivery.open(name);
    const { exitCode } = await host.query(['test', '-e', oldMark]);
    if (exitCode === 1) return host;
    host.close();
    return undefined;
  } catch (thrown) {
    if (!(thrown instanceof SlaError)) throw thrown;
    if (thrown.code === 'host-unreachable') return undefined;
    if (thrown.code !== 'host-key-changed') throw thrown;
    narrate(thrown.message);
    if (await delivery.confirmNewKey(name, thrown)) return undefined;
    throw thrown;
  }
}

const notDelivered = (name: HostName, waitMs: number): SlaError =>
  new SlaError('host-unreachable', `after ${Math.round(waitMs / 60_000)} min no new ${name} answers`, {
    remedy: `once the client has delivered it, run "./sla rebuild ${name}": it goes on from there`,
  });
