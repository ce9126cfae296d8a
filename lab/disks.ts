import { join } from 'node:path';
import { type HostName, hostNames } from '../core/application.ts';
import { messageOf, SlaError } from '../core/errors.ts';
import type { Engine } from './adapters/engine.ts';
import { type LabIdentity, labelsOf } from './labels.ts';

/** Size of each host's disk in GiB. */
export type DiskSizes = Readonly<Record<HostName, number>>;

/**
 * Makes the disk images that are missing and attaches those that are not attached, in a container of the base
 * image, so that neither root nor an engine on this very machine is needed. Safe to repeat; after a reboot it
 * attaches the same disks again. Those of `emptied` are made anew; no container may use them.
 * Errors: `disk-too-small`, and those of the engine.
 */
export async function attachDisks(
  engine: Engine,
  identity: LabIdentity,
  image: string,
  sizes: DiskSizes,
  emptied: readonly HostName[] = [],
): Promise<void> {
  const disks = hostNames.map((name) => `${name}:${sizes[name]}${emptied.includes(name) ? ':new' : ''}`);
  await run(engine, identity, image, ['attach', ...disks]);
}

/** Detaches the disks of all hosts and deletes their content. Errors: those of the engine. */
export async function deleteDisks(engine: Engine, identity: LabIdentity, image: string): Promise<void> {
  await run(engine, identity, image, ['delete', ...hostNames]);
}

/** The volume that holds the disk images of a lab. */
export const imagesVolume = (lab: string): string => `${lab}-disks`;

const script = join(import.meta.dirname, 'disks.sh');

async function run(
  engine: Engine,
  identity: LabIdentity,
  image: string,
  words: readonly string[],
): Promise<void> {
  try {
    await engine.ensureVolume(imagesVolume(identity.lab), labelsOf(identity));
    await engine.runDiskJob({
      image,
      argv: ['sh', '/disks.sh', identity.lab, ...words],
      binds: ['/dev:/dev', `${imagesVolume(identity.lab)}:/disks`, `${script}:/disks.sh:ro`],
      labels: labelsOf(identity),
    });
  } catch (thrown) {
    if (thrown instanceof SlaError) throw thrown;
    const said = messageOf(thrown);
    throw new SlaError(
      /no space left/i.test(said) ? 'disk-too-small' : 'engine-failed',
      `the disks of lab ${identity.lab} cannot be ${words[0] === 'attach' ? 'attached' : 'deleted'}`,
      { cause: said },
    );
  }
}
