import { type HostName, hostNames } from '../core/application.ts';
import { SlaError } from '../core/errors.ts';
import type { ImageRecipe } from '../core/images.ts';
import { missingImages, presentImages, tagsOf } from '../core/images.ts';
import type { StateFolder } from '../core/state.ts';
import { readIfPresent } from '../core/state.ts';
import {
  apply,
  type ChangeCounts,
  lastVariables,
  type Part,
  statePath,
  type Tool,
} from '../core/terraform.ts';
import type { Engine } from './adapters/engine.ts';
import { freeBytesAt, inotifyInstances, insistOnFreePort, machineRoutes } from './adapters/machine.ts';
import { type LabConfig, maxDiskBytes } from './config.ts';
import { attachDisks } from './disks.ts';
import { labHosts, labRoot } from './hosts.ts';
import { ensureKeys, missingKeys, pinHostKeys } from './keys.ts';
import type { LabIdentity } from './labels.ts';
import { inventoryOf, orphansOf, remove, withoutDiskImages } from './leftovers.ts';
import {
  imagesBytes,
  insistOnDiskSpace,
  insistOnFreeSubnet,
  insistOnInotify,
  insistOnOwnership,
  insistOnSameSettings,
} from './preflight.ts';

export interface LabWork {
  readonly engine: Engine;
  readonly lab: LabConfig;
  readonly identity: LabIdentity;
  readonly state: StateFolder;
}

/**
 * Refuses what cannot go well, before anything is changed. Errors: `engine-unreachable`, `lab-owned-elsewhere`,
 * `subnet-in-use`, `lab-differs`, `machine-not-ready`, `disk-too-small`, `port-taken`.
 */
export async function preflight(
  { engine, lab, identity, state }: LabWork,
  recipes: readonly ImageRecipe[],
): Promise<void> {
  await engine.version();
  const [found, networks, images] = await Promise.all([
    inventoryOf(engine, lab.name),
    engine.networks(),
    presentImages(),
  ]);
  insistOnOwnership(identity, [...found.containers, ...found.networks, ...found.volumes]);
  insistOnFreeSubnet(lab, networks, machineRoutes());
  const last = lastVariables({ state, lab: lab.name }, 'lab');
  // Terraform would replace hosts whose settings changed, and nobody asked to lose what is on them.
  if (last && found.containers.length > 0) {
    insistOnSameSettings(lab.name, last, labRoot(lab, identity, state, tagsOf(recipes)).variables);
  }
  if (found.containers.length > 0) return;
  if (lab.substrate !== 'vm') insistOnInotify(inotifyInstances());
  const folder = await engine.dataFolder();
  const missing = missingImages(recipes, images).length > 0 ? imagesBytes : 0;
  insistOnDiskSpace(folder, freeBytesAt(folder), missing + maxDiskBytes(lab));
  const ports = hostNames.flatMap((name) => Object.keys(lab.hosts[name].publishedPorts));
  for (const port of ports) await insistOnFreePort(Number(port));
}

/** Whether all that Terraform made for this lab still runs, so that looking is enough. */
export async function isWhole({ engine, lab, state }: LabWork): Promise<boolean> {
  const found = withoutDiskImages(await inventoryOf(engine, lab.name), lab.name);
  const orphans = orphansOf(found, readIfPresent(statePath({ state, lab: lab.name }, 'lab')));
  const running = found.containers
    .filter(({ isRunning }) => isRunning)
    .map(({ labels }) => labels['sla.host']);
  return hostNames.every((name) => running.includes(name)) && orphans.containers.length === 0;
}

/**
 * The keys that the hosts get, and that they must show from then on. New ones are never made for hosts that have
 * others: error `login-refused`.
 */
export async function prepareKeys({ engine, state, lab }: LabWork): Promise<void> {
  const lost = missingKeys(state);
  if (lost.length > 0 && (await inventoryOf(engine, lab.name)).containers.length > 0) {
    throw new SlaError('login-refused', `the keys of lab ${lab.name} are gone: ${lost.join(', ')}`, {
      remedy:
        'put them back from a copy, or run "./sla down" and "./sla up": the hosts then start as delivered',
    });
  }
  await ensureKeys(state);
  pinHostKeys(state, labHosts(lab));
}

/** Makes the three hosts and the mailbox, or whatever of them is missing. Safe to repeat after any interruption. */
export async function createHosts(
  work: LabWork,
  tool: Tool,
  tags: ReadonlyMap<string, string>,
  narrate: (line: string) => void,
): Promise<ChangeCounts> {
  const root = labRoot(work.lab, work.identity, work.state, tags);
  await prepareEngine(work, tags, narrate);
  return apply(tool, root, narrate);
}

/**
 * Destroys one host with its disk and makes it again as delivered: same address, same key. Safe to repeat after
 * any interruption; the other hosts are not touched.
 */
export async function replaceHost(
  work: LabWork,
  tool: Tool,
  tags: ReadonlyMap<string, string>,
  name: HostName,
  narrate: (line: string) => void,
): Promise<ChangeCounts> {
  const root = labRoot(work.lab, work.identity, work.state, tags);
  // Terraform cannot empty the disk between the end of the old container and the begin of the new one.
  if (work.lab.substrate !== 'vm') await removeHostContainer(work, name);
  await prepareEngine(work, tags, narrate);
  return apply(tool, root, narrate, partOf(work.lab, name));
}

async function removeHostContainer({ engine, lab }: LabWork, name: HostName): Promise<void> {
  const { containers } = await inventoryOf(engine, lab.name);
  for (const { id, labels } of containers) if (labels['sla.host'] === name) await engine.removeContainer(id);
}

/** The disk of a machine takes its domain with it. */
function partOf({ substrate }: LabConfig, name: HostName): Part {
  const host = `module.host["${name}"]`;
  return {
    targets: [host],
    replace: [`${host}.${substrate === 'vm' ? 'libvirt_volume.disk' : 'docker_container.host'}`],
  };
}

/** What Terraform takes for granted: disks attached, hosts of a rebooted machine started, no half-made leftovers. */
async function prepareEngine(
  { engine, lab, identity, state }: LabWork,
  tags: ReadonlyMap<string, string>,
  narrate: (line: string) => void,
): Promise<void> {
  const found = withoutDiskImages(await inventoryOf(engine, lab.name), lab.name);
  const terraformState = readIfPresent(statePath({ state, lab: lab.name }, 'lab'));
  const removed = await remove(engine, orphansOf(found, terraformState));
  if (removed.length > 0) narrate(`removed what an interrupted run left: ${removed.join(', ')}`);
  const image = String(tags.get('base'));
  const kept = found.containers.filter(({ name }) => !removed.includes(name));
  const lost = hostNames.filter((host) => !kept.some(({ labels }) => labels['sla.host'] === host));
  // Half of a lost host is on its disk, and of no use without the other half: it comes back as delivered.
  const sizes = { app: lab.hosts.app.diskGb, db: lab.hosts.db.diskGb, docker: lab.hosts.docker.diskGb };
  await attachDisks(engine, identity, image, sizes, lost);
  const stopped = kept.filter(({ isRunning }) => !isRunning);
  await Promise.all(stopped.map(({ id }) => engine.start(id)));
  if (stopped.length > 0) narrate(`started ${stopped.map(({ name }) => name).join(', ')}`);
}
