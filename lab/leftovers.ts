import { z } from 'zod';
import type { Engine, EngineNetwork, EngineVolume, LabContainer } from './adapters/engine.ts';
import { imagesVolume } from './disks.ts';

/** What a lab has in the engine. */
export interface Inventory {
  readonly containers: readonly LabContainer[];
  readonly networks: readonly EngineNetwork[];
  readonly volumes: readonly EngineVolume[];
}

export async function inventoryOf(
  engine: Pick<Engine, 'containers' | 'networks' | 'volumes'>,
  lab: string,
): Promise<Inventory> {
  const [containers, networks, volumes] = await Promise.all([
    engine.containers(),
    engine.networks(),
    engine.volumes(),
  ]);
  const isOurs = ({ labels }: { readonly labels: Readonly<Record<string, string>> }) =>
    labels['sla.lab'] === lab;
  return {
    containers: containers.filter(isOurs),
    networks: networks.filter(isOurs),
    volumes: volumes.filter(isOurs),
  };
}

/**
 * The part of an inventory that an interrupted apply leaves: what Terraform does not know, and would stumble over
 * by name, and what it calls tainted, and would replace without emptying the disk. `state` is the text of a state
 * file, or undefined before the first apply.
 */
export function orphansOf(
  { containers, networks, volumes }: Inventory,
  state: string | undefined,
): Inventory {
  const known = wholeIdsIn(state);
  return {
    containers: containers.filter(({ id }) => !known.has(id)),
    networks: networks.filter(({ id }) => !known.has(id)),
    volumes: volumes.filter(({ name }) => !known.has(name)),
  };
}

/** Removes all of an inventory; gives the names of what it removed. */
export async function remove(
  engine: Pick<Engine, 'removeContainer' | 'removeNetwork' | 'removeVolume'>,
  { containers, networks, volumes }: Inventory,
): Promise<readonly string[]> {
  await Promise.all(containers.map(({ id }) => engine.removeContainer(id)));
  await Promise.all([
    ...networks.map(({ id }) => engine.removeNetwork(id)),
    ...volumes.map(({ name }) => engine.removeVolume(name)),
  ]);
  return [...containers, ...networks, ...volumes].map(({ name }) => name);
}

/** An inventory without the volume of the disk images, which Terraform never manages. */
export const withoutDiskImages = (inventory: Inventory, lab: string): Inventory => ({
  ...inventory,
  volumes: inventory.volumes.filter(({ name }) => name !== imagesVolume(lab)),
});

const instance = z.object({
  status: z.string().optional(),
  attributes: z.object({ id: z.string() }),
});

const terraformState = z.object({
  resources: z.array(z.object({ instances: z.array(instance) })).default([]),
});

function wholeIdsIn(state: string | undefined): ReadonlySet<string> {
  if (state === undefined || state.trim() === '') return new Set();
  const { resources } = terraformState.parse(JSON.parse(state));
  const whole = resources.flatMap(({ instances }) => instances).filter(({ status }) => status !== 'tainted');
  return new Set(whole.map(({ attributes }) => attributes.id));
}
