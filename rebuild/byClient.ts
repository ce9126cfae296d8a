import { setTimeout as sleep } from 'node:timers/promises';
import type { HostName } from '../core/application.ts';
import { SlaError } from '../core/errors.ts';
import type { Host } from '../core/host.ts';
import type { OpenHost, Replacement } from './types.ts';

type Narrate = (line: string) => void;

/** What waiting for the client takes. */
export interface ClientDelivery {
  /** Errors: those of `openHost`, `host-key-changed` among them. */
  readonly open: OpenHost;
  /** Pins the new key that a host shows, when a person vouches for it; else throws. */
  confirmNewKey(name: HostName, shown: SlaError): Promise<void>;
  /** Makes a new host that refuses us let us in; throws when nobody can. */
  letUsIn(name: HostName, refused: SlaError, narrate: Narrate): Promise<void>;
  /** Throws unless a host is as it was delivered the first time. */
  insistOnDelivered(host: Host, narrate: Narrate): Promise<void>;
  readonly everyMs: number;
  /** Seldom: sshd keeps count of refused logins, and then turns us away altogether (`PerSourcePenalties`). */
  readonly refusedEveryMs: number;
  readonly waitMs: number;
  /** How long a new host may refuse us because it is still being made ready. */
  readonly startMs: number;
  /** Ends the waiting, with its reason. */
  readonly signal: AbortSignal;
}

/**
 * A host that only the client can make again: says so, and waits until one answers at its address that is not the
 * old one any more, under the pinned key or a new one that a person confirmed, and is as it was delivered.
 */
export const replacedByClient = (delivery: ClientDelivery): Replacement => ({
  what: (name) =>
    `wait until the client has delivered ${name} again, at most ${minutes(delivery.waitMs)}: all that is on it is lost${name === 'docker' ? '' : ', and no vote is accepted meanwhile'}`,
  mayAsk: true,
  markOld: (name) => markOld(name, delivery),
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

/** Whether a host carries anything of ours; what the client delivers does not. */
export async function isOurs(host: Host): Promise<boolean> {
  const question = 'for path; do [ ! -e "$path" ] || exit 0; done; exit 3';
  const { exitCode } = await host.query(['sh', '-c', question, 'sh', oldMark, '/etc/sla', '/var/lib/sla']);
  if (exitCode === 0 || exitCode === 3) return exitCode === 0;
  throw new SlaError('host-unreachable', `the connection to ${host.name} ended while it was asked`);
}

/** The old host may go on answering for hours: only one without this mark is new. */
async function markOld(name: HostName, { open }: ClientDelivery): Promise<void> {
  const host = await open(name).catch(() => undefined);
  try {
    await host?.exec(['touch', oldMark]);
  } finally {
    host?.close();
  }
}

/** Whether this is the very host that was to be replaced. */
export const isMarkedOld = async (host: Host): Promise<boolean> =>
  (await host.query(['test', '-e', oldMark])).exitCode === 0;

export const unmarkOld = (host: Host): Promise<unknown> => host.exec(['rm', '-f', oldMark]);

/** What answers at the address of a host. */
type Seen =
  | { readonly kind: 'new'; readonly host: Host }
  | { readonly kind: 'silent' }
  | { readonly kind: 'old' }
  | { readonly kind: 'refused'; readonly error: SlaError }
  | { readonly kind: 'other key'; readonly error: SlaError };

async function newHost(name: HostName, delivery: ClientDelivery, narrate: Narrate): Promise<Host> {
  const started = performance.now();
  let [last, said] = ['' as Seen['kind'] | '', started];
  let refusedSince: number | undefined;
  for (;;) {
    const seen = await look(name, delivery);
    const now = performance.now();
    const isOther = seen.kind !== last;
    if (isOther || now - said > remindMs) {
      narrate(isOther ? words(seen, name) : `after ${minutes(now - started)} still: ${words(seen, name)}`);
      [last, said] = [seen.kind, now];
    }
    if (seen.kind === 'new') return seen.host;
    if (seen.kind === 'refused') refusedSince ??= now;
    if (seen.kind === 'other key') await delivery.confirmNewKey(name, seen.error);
    else if (seen.kind === 'refused' && now - (refusedSince ?? now) >= delivery.startMs) {
      await delivery.letUsIn(name, seen.error, narrate);
      refusedSince = undefined;
    } else await pause(delivery, seen.kind === 'refused' ? delivery.refusedEveryMs : delivery.everyMs);
    if (performance.now() - started > delivery.waitMs) throw notDelivered(name, delivery.waitMs, seen);
  }
}

const remindMs = 300_000;

async function pause({ signal }: ClientDelivery, forMs: number): Promise<void> {
  await sleep(forMs, undefined, { signal }).catch(() => undefined);
  signal.throwIfAborted();
}

async function look(name: HostName, { open }: ClientDelivery): Promise<Seen> {
  let host: Host | undefined;
  try {
    host = await open(name);
    if (!(await isOurs(host))) return { kind: 'new', host };
    host.close();
    return { kind: 'old' };
  } catch (thrown) {
    host?.close();
    if (!(thrown instanceof SlaError)) throw thrown;
    return seenIn(thrown);
  }
}

function seenIn(error: SlaError): Seen {
  switch (error.code) {
    case 'host-unreachable':
      return { kind: 'silent' };
    case 'host-key-changed':
      return { kind: 'other key', error };
    // Users and their sudo rules may come later than sshd; until then nobody is let in.
    case 'login-refused':
    case 'adoption-refused':
      return { kind: 'refused', error };
    default:
      throw error;
  }
}

function words(seen: Seen, name: HostName): string {
  switch (seen.kind) {
    case 'new':
      return `a new ${name} answers`;
    case 'silent':
      return `${name} does not answer`;
    case 'old':
      return `${name} answers, and is the old one: it carries what we put there`;
    case 'refused':
      return `${seen.error.message}; it may not be ready yet`;
    case 'other key':
      return seen.error.message;
  }
}

const minutes = (ms: number): string => `${Math.round(ms / 60_000)} min`;

const notDelivered = (name: HostName, waitMs: number, seen: Seen): SlaError =>
  new SlaError('host-unreachable', `after ${minutes(waitMs)} there is no new ${name}: ${words(seen, name)}`, {
    remedy: `once the client has delivered it, run "./sla rebuild ${name}": it goes on from there`,
  });
