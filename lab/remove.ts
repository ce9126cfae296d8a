import { existsSync, rmSync } from 'node:fs';
import { labPath, type StateFolder } from '../core/state.ts';
import type { Engine, LabContainer } from './adapters/engine.ts';
import type { LabWork } from './create.ts';
import { deleteDisks } from './disks.ts';
import { labHosts, lastSubnet } from './hosts.ts';
import { unpinHostKeys } from './keys.ts';
import type { LabIdentity } from './labels.ts';
import { type Inventory, inventoryOf, remove, withoutDiskImages } from './leftovers.ts';

/** Names of everything a lab has in the engine; a pool stands for the disks in it. */
export const namesOf = ({ containers, networks, volumes }: Inventory): readonly string[] =>
  [...containers, ...networks, ...volumes].map(({ name }) => name).filter((name) => !name.startsWith('/'));

/** Removes what is left of a lab after Terraform destroyed what it knew: disks, pins, state. */
export async function removeRest(
  { engine, lab, identity, state }: LabWork,
  diskImage: string | undefined,
): Promise<void> {
  await removeEverything(engine, identity, diskImage);
  // A lab that never was has no hosts: at these addresses are those of another one.
  if (lastSubnet(state, lab.name) === lab.subnet) unpinHostKeys(state, labHosts(lab));
  removeState(state, lab.name);
}

/** Removes all that carries the label of a lab, with or without a state. */
export async function removeEverything(
  engine: Engine,
  identity: LabIdentity,
  diskImage: string | undefined,
): Promise<void> {
  const found = await inventoryOf(engine, identity.lab);
  await remove(engine, withoutDiskImages(found, identity.lab));
  if (diskImage !== undefined) await deleteDisks(engine, identity, diskImage);
  await remove(engine, {
    containers: [],
    networks: [],
    volumes: (await inventoryOf(engine, identity.lab)).volumes,
  });
}

/** An image that has the tools for disks: any host's, if there still is one. */
export const diskToolImage = (containers: readonly LabContainer[]): string | undefined =>
  containers.find(({ labels }) => labels['sla.host'] !== undefined)?.image;

function removeState(state: StateFolder, lab: string): void {
  const folder = labPath(state, lab);
  if (existsSync(folder)) rmSync(folder, { recursive: true, force: true });
}
