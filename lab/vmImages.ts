import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { type HostName, hostNames } from '../core/application.ts';
import { SlaError } from '../core/errors.ts';
import { dockerfileRecipe, type ImageRecipe } from '../core/images.ts';
import { runLocal } from '../core/local.ts';

const folder = join(import.meta.dirname, 'images');
const script = join(import.meta.dirname, 'vmDisk.sh');

/** The delivered hosts with what a machine of its own needs on top; their recipes stand before these. */
export const vmImages = (): readonly ImageRecipe[] => [
  dockerfileRecipe(join(folder, 'kernel.Dockerfile'), 'kernel', { BASE: 'base' }),
  ...hostNames.map((name) =>
    dockerfileRecipe(
      join(folder, 'vm.Dockerfile'),
      recipeOf(name),
      { BASE: name, KERNEL: 'kernel' },
      { folder: join(folder, 'vm') },
    ),
  ),
];

/** Where the disk, kernel and initramfs of a host lie, for all checkouts of the user. `tags`: image name → tag. */
export const vmImageFolder = (tags: ReadonlyMap<string, string>, name: HostName): string =>
  join(cacheFolder(), 'vm', String(tags.get(recipeOf(name))).replaceAll(/[/:]/g, '-'));

const recipeOf = (name: HostName): string => `vm-${name}`;

/** Makes the disks that are missing, one after the other: each is bound to the same slow disk. */
export async function exportVmImages(
  tags: ReadonlyMap<string, string>,
  narrate: (line: string) => void,
): Promise<void> {
  for (const name of hostNames) await exportVmImage(tags, name, narrate);
}

export async function exportVmImage(
  tags: ReadonlyMap<string, string>,
  name: HostName,
  narrate: (line: string) => void,
): Promise<void> {
  const target = vmImageFolder(tags, name);
  if (existsSync(target)) return utimesSync(target, new Date(), new Date());
  const started = performance.now();
  removeStale(dirname(target));
  const draft = `${target}.${process.pid}.new`;
  mkdirSync(draft, { recursive: true, mode: 0o700 });
  try {
    await run(name, [...inContainer(draft, ['CAP_SYS_ADMIN']), String(tags.get(recipeOf(name))), 'disk']);
    await run(name, [...inContainer(draft, []), String(tags.get('kernel')), 'kernel']);
    await run(name, [
      'qemu-img',
      'convert',
      '-O',
      'qcow2',
      join(draft, 'disk.raw'),
      join(draft, 'disk.qcow2'),
    ]);
    rmSync(join(draft, 'disk.raw'));
    renameSync(draft, target);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
  narrate(`disk of ${name} made in ${((performance.now() - started) / 1000).toFixed(1)} s`);
}

const dayMs = 86_400_000;

/** What no `up` asked for in a day, and drafts of killed runs: those carry the id of the process that made them. */
function removeStale(parent: string): void {
  if (!existsSync(parent)) return;
  const isStale = (name: string): boolean =>
    name.endsWith('.new')
      ? !existsSync(`/proc/${name.split('.').at(-2)}`)
      : statSync(join(parent, name)).mtimeMs < Date.now() - dayMs;
  for (const name of readdirSync(parent).filter(isStale))
    rmSync(join(parent, name), { recursive: true, force: true });
}

// Below /run, which is empty again at every boot: the places of the two mounts are all they leave on the disk.
const inContainer = (out: string, capabilities: readonly string[]): readonly string[] => [
  ...['docker', 'run', '--rm', '--network', 'none', '--entrypoint', '/run/vmDisk.sh'],
  ...capabilities.flatMap((capability) => ['--cap-add', capability]),
  ...['--security-opt', 'apparmor=unconfined', '--security-opt', 'seccomp=unconfined'],
  ...['--volume', `${out}:/run/out`, '--volume', `${script}:/run/vmDisk.sh:ro`],
];

async function run(name: HostName, argv: readonly string[]): Promise<void> {
  const { exitCode, stdout, stderr } = await runLocal(argv);
  if (exitCode === 0) return;
  throw new SlaError('image-build-failed', `the disk of the virtual machine ${name} cannot be made`, {
    cause: `${stdout}${stderr}`.trim(),
  });
}

const cacheFolder = (): string => join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'sla-lab');
