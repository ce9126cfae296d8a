import { hostNames } from '../core/application.ts';
import { SlaError } from '../core/errors.ts';
import type { EngineNetwork } from './adapters/engine.ts';
import type { LabConfig } from './config.ts';
import type { LabIdentity } from './labels.ts';
import { overlaps, parseSubnet } from './subnet.ts';

/** A network of this machine outside Docker: an interface and its network. */
export interface Route {
  readonly name: string;
  readonly subnet: string;
}

/** A lab of this name that another checkout made is not ours to change. Throws `lab-owned-elsewhere`. */
export function insistOnOwnership(
  identity: LabIdentity,
  found: readonly { readonly labels: Readonly<Record<string, string>> }[],
): void {
  const foreign = found.find(
    ({ labels }) => labels['sla.lab'] === identity.lab && labels['sla.checkout'] !== identity.checkout,
  );
  if (!foreign) return;
  const owner = foreign.labels['sla.checkout'];
  throw new SlaError('lab-owned-elsewhere', `the lab ${identity.lab} belongs to the checkout ${owner}`, {
    remedy: `choose another name and network with "--lab NAME --subnet 10.78.0.0/24", or run "./sla down" in ${owner}`,
  });
}

/** Throws `subnet-in-use` when the lab's network overlaps one that is not its own. */
export function insistOnFreeSubnet(
  lab: Pick<LabConfig, 'name' | 'subnet'>,
  networks: readonly EngineNetwork[],
  routes: readonly Route[],
): void {
  const own = networks
    .filter(({ labels }) => labels['sla.lab'] === lab.name)
    .flatMap(({ subnets }) => subnets);
  const others = [
    ...networks
      .filter(({ labels }) => labels['sla.lab'] !== lab.name)
      .flatMap(({ name, subnets }) =>
        subnets.map((subnet) => ({ name: `the Docker network ${name}`, subnet })),
      ),
    ...routes
      .filter(({ subnet }) => !own.includes(subnet))
      .map(({ name, subnet }) => ({ name: `the interface ${name}`, subnet })),
  ];
  const takenBy = (wanted: string) => others.find(({ subnet }) => isOverlap(wanted, subnet));
  const taken = takenBy(lab.subnet);
  if (!taken) return;
  const free = suggestedSubnets.find((subnet) => !takenBy(subnet)) ?? 'CIDR';
  throw new SlaError(
    'subnet-in-use',
    `the lab network ${lab.subnet} overlaps ${taken.subnet} of ${taken.name}`,
    {
      remedy: `set lab.subnet in sla.config.ts to a free network, or run the command with "--subnet ${free}"`,
    },
  );
}

const suggestedSubnets = Array.from({ length: 20 }, (_, index) => `10.${78 + index}.0.0/24`);

function isOverlap(one: string, other: string): boolean {
  const [first, second] = [parseSubnet(one), parseSubnet(other)];
  return first !== undefined && second !== undefined && overlaps(first, second);
}

/** Throws `config-invalid`: only containers publish ports, a virtual machine is reached at its address. */
export function insistOnNoPublishedPorts({ hosts }: Pick<LabConfig, 'hosts'>): void {
  const publishing = hostNames.find((name) => Object.keys(hosts[name].publishedPorts).length > 0);
  if (!publishing) return;
  throw new SlaError(
    'config-invalid',
    `lab.hosts.${publishing}.publishedPorts: a virtual machine publishes no ports`,
    {
      remedy: 'remove that setting and use the address of the host, or run "./sla up --substrate container"',
    },
  );
}

/** Throws `disk-too-small`. All sizes in bytes. */
export function insistOnDiskSpace(folder: string, freeBytes: number, neededBytes: number): void {
  if (freeBytes >= neededBytes) return;
  throw new SlaError(
    'disk-too-small',
    `${folder} has ${gib(freeBytes)} free, but the images and the hosts' disks may take ${gib(neededBytes)}`,
    { remedy: `free ${gib(neededBytes - freeBytes)} there, or lower lab.hosts.*.diskGb in sla.config.ts` },
  );
}

/**
 * Throws `machine-not-ready` when the systemds and engines of three more hosts would find no inotify instance left:
 * they end at once then, and say nothing of it. Every process of root counts, whichever container it is in.
 */
export function insistOnInotify({ used, most }: { readonly used: number; readonly most: number }): void {
  if (most - used >= inotifyPerLab) return;
  throw new SlaError('machine-not-ready', `of ${most} inotify instances of this machine ${used} are in use`, {
    cause: `the hosts of a lab need ${inotifyPerLab}`,
    remedy: 'take down a lab that nobody needs, or run "sudo sysctl fs.inotify.max_user_instances=1024"',
  });
}

const inotifyPerLab = 30;

/**
 * Throws `lab-differs` when hosts exist that were made with other settings. `last` and `next` are the variables
 * of terraform/lab; images are not compared, because a host keeps the one it was delivered with.
 */
export function insistOnSameSettings(
  lab: string,
  last: Readonly<Record<string, unknown>>,
  next: Readonly<Record<string, unknown>>,
): void {
  const before = settingsOf(last, '');
  const after = settingsOf(next, '');
  const names = [...new Set([...before.keys(), ...after.keys()])];
  const changed = names.filter((name) => before.get(name) !== after.get(name));
  if (changed.length === 0) return;
  throw new SlaError('lab-differs', `the hosts of lab ${lab} were made with other settings`, {
    cause: changed
      .map((name) => `${name}: ${before.get(name) ?? 'unset'} → ${after.get(name) ?? 'unset'}`)
      .join('\n'),
    remedy:
      'undo the change in sla.config.ts, or run "./sla down" and "./sla up": the hosts then start as delivered',
  });
}

/** Leaves by their path, as text. */
function settingsOf(value: unknown, path: string): ReadonlyMap<string, string> {
  if (value === null || typeof value !== 'object') return new Map([[path, String(value)]]);
  const parts = Object.entries(value).filter(([key]) => key !== 'image');
  return new Map(parts.flatMap(([key, part]) => [...settingsOf(part, path === '' ? key : `${path}.${key}`)]));
}

/** Space that building all images takes at most, in bytes. */
export const imagesBytes = 4 * 2 ** 30;

const gib = (bytes: number): string => `${(Math.ceil((bytes / 2 ** 30) * 10) / 10).toFixed(1)} GiB`;
