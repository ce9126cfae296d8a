import { renameSync } from 'node:fs';
import { join } from 'node:path';
import type { HostName } from '../core/application.ts';
import { allOrOneError, SlaError } from '../core/errors.ts';
import type { Host } from '../core/host.ts';
import { readIfPresent, writePrivateOnce } from '../core/state.ts';
import { declarationsOf, editedPaths } from '../provision/inventory/declared.ts';
import { takeDelivered } from '../provision/inventory/take.ts';
import type { Delivered, Inventory } from '../provision/inventory/types.ts';
import { keyItem } from '../provision/inventory/values.ts';
import { applicationSchema } from '../provision/roles/db.ts';
import { roleOf } from '../provision/roles/roles.ts';
import type { Declaration } from '../provision/types.ts';
import { addressOfHost, busyConnectMs, type Context, withHost } from './context.ts';
import { publicKeyOf } from './operatorKey.ts';
import { siteOf, siteSeenFrom } from './site.ts';
import { stackDeclarations } from './stackDeclarations.ts';

/** What became of an inventory: `late` when ours was on the host before anybody looked. */
export type Recording = 'recorded' | 'kept' | 'late';

/** Outside the folder of the lab, which commands change; what was delivered never changes. */
export const deliveredPath = ({ state, config }: Context, host?: HostName): string =>
  join(state.path, 'delivered', config.lab.name, ...(host === undefined ? [] : [`${host}.json`]));

/** The state of the first connection, or undefined when none is kept. */
export function keptDelivered(context: Context, host: HostName): Delivered | undefined {
  const text = readIfPresent(deliveredPath(context, host));
  return text === undefined ? undefined : (JSON.parse(text) as Delivered);
}

/** The state of the first connection. Error: `usage` when none is kept. */
export function deliveredOf(context: Context, host: HostName): Delivered {
  const delivered = keptDelivered(context, host);
  if (delivered) return delivered;
  throw new SlaError('usage', `no delivered state of ${host} is kept: nothing can be compared with it`, {
    remedy: `record it before anything is changed there, with "./sla inventory ${host}"`,
  });
}

/**
 * Records what was delivered, at the first contact with a host and before anything is changed there. What is
 * kept is never overwritten. Errors: `host-unreachable`, `remote-command-failed`.
 */
export async function recordDelivered(
  context: Context,
  host: Host,
  narrate: (line: string) => void,
): Promise<Recording> {
  if (keptDelivered(context, host.name)) return 'kept';
  // Which files are edited does not depend on where we come from.
  const site = await siteSeenFrom({ ...context, isDryRun: true }, []);
  const paths = editedPaths(declarationsOf(roleOf(site, host.name)));
  const inventory = await takeDelivered(host, paths);
  if (!inventory) {
    narrate('its delivered state is not recorded: ours is on it already, and nobody looked before');
    return 'late';
  }
  const delivered: Delivered = {
    format: 1,
    host: host.name,
    takenAt: new Date().toISOString(),
    ...inventory,
  };
  const isNew = writePrivateOnce(
    deliveredPath(context, host.name),
    `${JSON.stringify(delivered, null, 2)}\n`,
  );
  if (isNew) narrate('recorded what was delivered');
  return isNew ? 'recorded' : 'kept';
}

/** From now on this counts as delivered; what was recorded before stays beside it, under the moment of its end. */
export function replaceDelivered(context: Context, host: HostName, inventory: Inventory): void {
  const path = deliveredPath(context, host);
  const takenAt = new Date().toISOString();
  renameSync(path, path.replace(/\.json$/, `.until-${takenAt.replaceAll(':', '-')}.json`));
  const delivered: Delivered = { format: 1, host, takenAt, ...inventory };
  writePrivateOnce(path, `${JSON.stringify(delivered, null, 2)}\n`);
}

/** As `recordDelivered`, for several hosts at the same time; only those of which nothing is kept are opened. */
export const recordDeliveredOf = (
  context: Context,
  names: readonly HostName[],
  narrate: (line: string) => void,
): Promise<readonly Recording[]> =>
  allOrOneError(
    names.map(async (name) =>
      keptDelivered(context, name)
        ? 'kept'
        : withHost(
            context,
            name,
            (host) => recordDelivered(context, host, (line) => narrate(`${name}: ${line}`)),
            busyConnectMs,
          ),
    ),
  );

/** All that is declared for a host: its role, the stack of the docker host, and what the client's programs make. */
export async function declarationsFor(context: Context, host: HostName): Promise<readonly Declaration[]> {
  // A look makes no certificate.
  const site = await siteOf({ ...context, isDryRun: true });
  return [
    ...declarationsOf(roleOf(site, host)),
    ...(host === 'db' ? applicationSchema : []),
    ...(host === 'docker' ? stackDeclarations(context) : []),
    ...(await keyDeclarations(context, host)),
  ];
}

/** The key that `sla adopt` leaves where only a password let us in. */
export async function keyDeclarations(context: Context, host: HostName): Promise<readonly Declaration[]> {
  if (context.config.target === 'lab') return [];
  const [type = '', key = '', ...comment] = (await publicKeyOf(context.keyFile)).split(' ');
  const item = keyItem(addressOfHost(context, host).user, key);
  return [{ kind: 'item', section: 'keys', item, value: [type, ...comment].join(' ') }];
}
