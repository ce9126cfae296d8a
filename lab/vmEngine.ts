import type { Engine, LabContainer } from './adapters/engine.ts';
import type { Hypervisor } from './adapters/libvirt.ts';
import { imagesVolume } from './disks.ts';
import { type LabIdentity, labelsOf } from './labels.ts';

/**
 * The engine of a lab whose hosts are virtual machines: they stand beside its containers under the same labels,
 * and their disks beside its volumes, so that whoever looks, starts or removes need not know the difference.
 * The machines' disks are Terraform's business; nothing has to be attached for them.
 */
export const withMachines = (engine: Engine, hypervisor: Hypervisor, identity: LabIdentity): Engine => ({
  ...engine,
  containers: async () => [...(await engine.containers()), ...(await hypervisor.domains()).map(asContainer)],
  runningContainers: async () => (await engine.runningContainers()) + (await hypervisor.runningDomains()),
  volumes: async () => [...(await engine.volumes()), ...(await disksOf(hypervisor, identity))],
  ensureVolume: async () => undefined,
  runDiskJob: async () => '',
  start: (id) => (isDomain(id) ? hypervisor.start(id) : engine.start(id)),
  removeContainer: (id) => (isDomain(id) ? hypervisor.removeDomain(id) : engine.removeContainer(id)),
  removeVolume: (name) => {
    if (name === poolOf(identity.lab)) return hypervisor.removePool(name);
    return name.startsWith('/') ? hypervisor.removeVolume(name) : engine.removeVolume(name);
  },
});

/** The pool takes the place of the volume of disk images: both hold disks, and go last. */
export const poolOf = imagesVolume;

const asContainer = ({
  uuid,
  name,
  isRunning,
  labels,
}: Awaited<ReturnType<Hypervisor['domains']>>[number]): LabContainer => ({
  id: uuid,
  name,
  isRunning,
  image: 'a virtual machine',
  labels,
  createdAt: 0,
});

/** Terraform knows a disk by its path, so that is its name. */
async function disksOf(hypervisor: Hypervisor, identity: LabIdentity) {
  const pool = poolOf(identity.lab);
  if (!(await hypervisor.pools()).includes(pool)) return [];
  const labels = labelsOf(identity);
  return [pool, ...(await hypervisor.volumes(pool))].map((name) => ({ name, labels }));
}

const isDomain = (id: string): boolean => /^[0-9a-f]{8}-/.test(id);
