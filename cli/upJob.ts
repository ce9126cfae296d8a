import { existsSync } from 'node:fs';
import type { HostName } from '../core/application.ts';
import type { Stage } from '../core/command.ts';
import { buildMissing, type ImageRecipe, presentImages, tagsOf } from '../core/images.ts';
import { dockerProvider, libvirtProvider } from '../core/providers/catalogue.ts';
import { ensureProviders } from '../core/providers/ensure.ts';
import {
  apply,
  type ChangeCounts,
  type Plan,
  plan,
  type Root,
  statePath,
  type Tool,
} from '../core/terraform.ts';
import { openHypervisor } from '../lab/adapters/libvirt.ts';
import { createHosts, isWhole, type LabWork, preflight } from '../lab/create.ts';
import { labRoot } from '../lab/hosts.ts';
import { labImages } from '../lab/images.ts';
import { machineMirror, namedMirror } from '../lab/mirror.ts';
import { removeOrphanPool } from '../lab/vm.ts';
import { exportVmImages, vmImages } from '../lab/vmImages.ts';
import { stackImages } from '../monitor/images.ts';
import type { ImageSource } from '../monitor/stack.ts';
import { type Context, terraformTool } from './context.ts';
import { recordDelivered } from './delivered.ts';
import { settleHost } from './settle.ts';
import { chooseImages, loadStackImages, stackRoot } from './stack.ts';

/** What everything that makes hosts works with. */
export interface UpJob {
  readonly context: Context;
  readonly work: LabWork;
  readonly recipes: readonly ImageRecipe[];
  readonly tags: ReadonlyMap<string, string>;
  readonly images: ImageSource;
}

type Narrate = (line: string) => void;

/** Refuses what cannot go well; nothing is changed yet. Errors: those of `preflight`. */
export async function prepareJob(context: Context): Promise<UpJob> {
  const { engine, config, identity, state } = context;
  const work: LabWork = { engine, lab: config.lab, identity, state };
  const source = await chooseImages(context);
  const recipes = recipesFor(context, source);
  await preflight(work, recipes);
  const tags = tagsOf(recipes);
  const images: ImageSource = source === 'hub' ? { kind: 'hub' } : { kind: 'local', tags };
  return { context, work, recipes, tags, images };
}

export const isOfMachines = ({ config }: Context): boolean => config.lab.substrate === 'vm';

function recipesFor({ config }: Context, source: ImageSource['kind']): readonly ImageRecipe[] {
  const { debianMirror, substrate } = config.lab;
  const mirror = debianMirror === undefined ? machineMirror() : namedMirror(debianMirror);
  return [
    ...labImages(mirror),
    ...(substrate === 'vm' ? vmImages() : []),
    ...(source === 'local' ? stackImages : []),
  ];
}

/** Makes what the roots need, and gives the Terraform that finds it. */
export async function makeTools(job: UpJob): Promise<Tool> {
  await job.context.runStages([toolStages(job)]);
  return toolFor(job.context, job.context.narrate);
}

/** Images and providers, side by side: the one waits for the network, the other for the processor. */
export const toolStages = ({ context, recipes, tags }: UpJob): readonly Stage[] => [
  {
    title: 'Images',
    run: async (narrate) => {
      await buildMissing(recipes, await presentImages(), `${context.state.path}/build`, narrate);
      if (isOfMachines(context)) await exportVmImages(tags, narrate);
    },
  },
  { title: 'Terraform providers', run: async (narrate) => void (await toolFor(context, narrate)) },
];

export async function toolFor(context: Context, narrate: Narrate): Promise<Tool> {
  const { state } = context;
  const { binary } = terraformTool(context, '');
  const providers = await ensureProviders({
    checkout: state.checkout,
    stateDir: state.path,
    terraform: binary,
    narrate,
    needed: isOfMachines(context) ? [dockerProvider, libvirtProvider] : [dockerProvider],
  });
  return terraformTool(context, providers.cliConfigFile);
}

/** Makes what is missing of the three hosts and the mailbox. */
export async function applyHosts(
  { context, work, tags }: UpJob,
  tool: Tool,
  narrate: Narrate,
): Promise<ChangeCounts> {
  if (isOfMachines(context))
    await removeOrphanPool(openHypervisor(), { state: work.state, lab: work.lab.name });
  return createHosts(work, tool, tags, narrate);
}

/** Waits for a host, starts what is not running there, which it names, and brings the docker host the images of the stack. */
export const settle = (
  { context, images }: UpJob,
  name: HostName,
  narrate: Narrate,
): Promise<readonly string[]> =>
  settleHost(context, name, narrate, async (host) => {
    await recordDelivered(context, host, narrate);
    if (name === 'docker') await loadStackImages(context, host, images, narrate);
  });

export const labRootOf = ({ work, tags }: UpJob): Root => labRoot(work.lab, work.identity, work.state, tags);

export const applyStack = ({ context, images }: UpJob, tool: Tool, narrate: Narrate): Promise<ChangeCounts> =>
  apply(tool, stackRoot(context, images), narrate);

/** Without a docker host there is nothing the second root could ask. */
export async function planStack({ context, work, images }: UpJob, tool: Tool): Promise<Plan> {
  const isThere = existsSync(statePath(tool, 'lab')) && (await isWhole(work));
  if (isThere) return plan(tool, stackRoot(context, images));
  return { isEmpty: false, text: 'Everything; in detail once the docker host is up.' };
}
