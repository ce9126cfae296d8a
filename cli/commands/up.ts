import { existsSync } from 'node:fs';
import { hostNames } from '../../core/application.ts';
import type { Command, Outcome, Stage } from '../../core/command.ts';
import { allOrOneError, SlaError } from '../../core/errors.ts';
import { buildMissing, type ImageRecipe, missingImages, presentImages, tagsOf } from '../../core/images.ts';
import { dockerProvider, ensureProviders, libvirtProvider } from '../../core/providers.ts';
import { apply, type ChangeCounts, type Plan, plan, statePath, type Tool } from '../../core/terraform.ts';
import { openHypervisor } from '../../lab/adapters/libvirt.ts';
import { createHosts, isWhole, type LabWork, preflight, prepareKeys } from '../../lab/create.ts';
import { labRoot } from '../../lab/hosts.ts';
import { labImages } from '../../lab/images.ts';
import { machineMirror, namedMirror } from '../../lab/mirror.ts';
import { insistOnNoPublishedPorts } from '../../lab/preflight.ts';
import { insistOnSameSubstrate, type Substrate, substrates } from '../../lab/substrate.ts';
import { ensureHypervisor, removeOrphanPool } from '../../lab/vm.ts';
import { exportVmImages, vmImages } from '../../lab/vmImages.ts';
import { restartDatabaseClients } from '../../monitor/application.ts';
import { stackImages } from '../../monitor/images.ts';
import type { ImageSource } from '../../monitor/stack.ts';
import { castAndCount, newProbeVoter, removeProbeVotes } from '../../monitor/vote.ts';
import { convergeHost } from '../../provision/converge.ts';
import { exporterPhases } from '../../provision/roles/common.ts';
import { type Context, createContext, terraformTool, urlsOf, withHost } from '../context.ts';
import { settleHost } from '../settle.ts';
import { chooseImages, loadStackImages, stackRoot } from '../stack.ts';

export const up: Command<Context> = {
  name: 'up',
  summary: 'create the three hosts, the application and the monitoring, and prove it with a vote',
  example: 'up --dry-run',
  changesState: true,
  isExclusive: true,
  flags: [
    {
      usage: '--substrate <kind>',
      description: 'make the hosts of container or vm, instead of lab.substrate',
      parse: parseSubstrate,
    },
  ],
  run: async (given, { flags }) => {
    const started = performance.now();
    const context = forSubstrate(given, flags.substrate as Substrate | undefined);
    if (isOfMachines(context) && !context.isDryRun) await makeHypervisor(context);
    const job = await prepare(context);
    if (context.isDryRun) return dryRun(job);
    await prepareKeys(job.work);
    await makeTools(job);
    const counts = (await isWhole(job.work)) && (await findsNothingToDo(job)) ? nothing : await make(job);
    return summary(context, counts, performance.now() - started);
  },
};

function parseSubstrate(text: string): Substrate {
  const found = substrates.find((substrate) => substrate === text);
  if (found) return found;
  throw new SlaError('usage', `"${text}" is no substrate`, { remedy: `use one of ${substrates.join(', ')}` });
}

/** The context of this lab with the substrate that the flag, else the configuration, asks for. */
function forSubstrate(context: Context, flag: Substrate | undefined): Context {
  const { config, state, wantedSubstrate, isTerminal } = context;
  const substrate = flag ?? wantedSubstrate;
  if (substrate === undefined || substrate === config.lab.substrate) return context;
  insistOnSameSubstrate(config.lab, state, substrate);
  return createContext(context, { ...config, lab: { ...config.lab, substrate } }, isTerminal);
}

const isOfMachines = ({ config }: Context): boolean => config.lab.substrate === 'vm';

function makeHypervisor({ config, state, runStages }: Context): Promise<void> {
  insistOnNoPublishedPorts(config.lab);
  return runStages([[{ title: 'Virtual machines', run: (narrate) => ensureHypervisor(state, narrate) }]]);
}

/** What one `up` is about. */
interface Job {
  readonly context: Context;
  readonly work: LabWork;
  readonly recipes: readonly ImageRecipe[];
  readonly tags: ReadonlyMap<string, string>;
  readonly images: ImageSource;
}

const nothing: ChangeCounts = { add: 0, change: 0, remove: 0 };

/** Refuses what cannot go well; nothing is changed yet. */
async function prepare(context: Context): Promise<Job> {
  const { engine, config, identity, state } = context;
  const work: LabWork = { engine, lab: config.lab, identity, state };
  const source = await chooseImages(context);
  const recipes = recipesFor(context, source);
  await preflight(work, recipes);
  const tags = tagsOf(recipes);
  return {
    context,
    work,
    recipes,
    tags,
    images: source === 'hub' ? { kind: 'hub' } : { kind: 'local', tags },
  };
}

function recipesFor({ config }: Context, source: ImageSource['kind']): readonly ImageRecipe[] {
  const { debianMirror, substrate } = config.lab;
  const mirror = debianMirror === undefined ? machineMirror() : namedMirror(debianMirror);
  return [
    ...labImages(mirror),
    ...(substrate === 'vm' ? vmImages() : []),
    ...(source === 'local' ? stackImages : []),
  ];
}

/** Images and providers, side by side: the one waits for the network, the other for the processor. */
const makeTools = ({ context, recipes, tags }: Job): Promise<void> =>
  context.runStages([
    [
      {
        title: 'Images',
        run: async (narrate) => {
          await buildMissing(recipes, await presentImages(), `${context.state.path}/build`, narrate);
          if (isOfMachines(context)) await exportVmImages(tags, narrate);
        },
      },
      { title: 'Terraform providers', run: async (narrate) => void (await toolFor(context, narrate)) },
    ],
  ]);

async function toolFor(context: Context, narrate: (line: string) => void): Promise<Tool> {
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

/** Looks at everything at the same time; true when both roots are as they should be. */
async function findsNothingToDo(job: Job): Promise<boolean> {
  const { context } = job;
  const found: boolean[] = [];
  const tool = await toolFor(context, context.narrate);
  await context.runStages([
    [
      { title: 'Hosts', run: async () => void found.push((await plan(tool, labRootOf(job))).isEmpty) },
      {
        title: 'Monitoring',
        run: async () => {
          // Terraform's own words for a host that cannot be opened help nobody.
          await withHost(context, 'docker', async () => undefined);
          found.push((await planStack(job, tool)).isEmpty);
        },
      },
      {
        title: 'Application',
        run: async (narrate) => {
          await allOrOneError(hostStages(job).map((stage) => stage.run(narrate)));
          await proveWithVote(context, narrate);
        },
      },
    ],
  ]);
  return found.every(Boolean);
}

/** Everything in the order of need; each part is safe to repeat. */
async function make(job: Job): Promise<ChangeCounts> {
  const { context, work, tags, images } = job;
  const tool = await toolFor(context, context.narrate);
  const made: ChangeCounts[] = [];
  await context.runStages([
    [
      {
        title: 'Hosts',
        run: async (narrate) => {
          if (isOfMachines(context))
            await removeOrphanPool(openHypervisor(), { state: work.state, lab: work.lab.name });
          made.push(await createHosts(work, tool, tags, narrate));
        },
      },
    ],
    hostStages(job),
    [
      {
        title: 'Monitoring',
        run: async (narrate) => void made.push(await apply(tool, stackRoot(context, images), narrate)),
      },
      { title: 'A vote', run: (narrate) => proveWithVote(context, narrate) },
    ],
  ]);
  return made.reduce((sum, { add, change, remove }) => ({
    add: sum.add + add,
    change: sum.change + change,
    remove: sum.remove + remove,
  }));
}

/** Waits for each host, starts what is not running, and puts ours on it. */
const hostStages = ({ context, images }: Job): readonly Stage[] =>
  hostNames.map((name) => ({
    title: `Host ${name}`,
    run: (narrate) =>
      settleHost(context, name, narrate, async (host) => {
        const role = { host: name, phases: exporterPhases };
        await convergeHost(role, { open: () => context.openHost(name) }, { isDryRun: false, narrate });
        if (name === 'docker') await loadStackImages(context, host, images, narrate);
      }),
  }));

/** What the client delivered does not survive a database that went away; then it is restarted, once. */
async function proveWithVote(context: Context, narrate: (line: string) => void): Promise<void> {
  try {
    await countOneVote(context, 5000, narrate);
  } catch (thrown) {
    if (!(thrown instanceof SlaError && thrown.code === 'vote-lost')) throw thrown;
    narrate(thrown.message);
    const restarted = await withHost(context, 'app', restartDatabaseClients);
    narrate(`restarted ${restarted.join(', ')}`);
    await countOneVote(context, 15_000, narrate);
  }
}

async function countOneVote(
  context: Context,
  timeoutMs: number,
  narrate: (line: string) => void,
): Promise<void> {
  const vote = await castAndCount(urlsOf(context), 'a', { voterId: newProbeVoter(), timeoutMs });
  narrate(`counted after ${vote.countedAfterMs} ms`);
  await withHost(context, 'db', removeProbeVotes);
}

/** What `up` would do: images to build, and both of Terraform's plans. */
async function dryRun(job: Job): Promise<Outcome> {
  const images = missingImages(job.recipes, await presentImages()).map(({ name }) => name);
  const tool = await toolFor(job.context, job.context.narrate);
  const [lab, stack] = await Promise.all([plan(tool, labRootOf(job)), planStack(job, tool)]);
  return {
    result: { isEmpty: images.length === 0 && lab.isEmpty && stack.isEmpty, images, lab, stack },
    text: [
      images.length === 0 ? 'Images: nothing to build' : `Images to build: ${images.join(', ')}`,
      `\nTerraform root lab:\n${lab.text}`,
      `\nTerraform root stack:\n${stack.text}`,
    ].join('\n'),
  };
}

const labRootOf = ({ work, tags }: Job) => labRoot(work.lab, work.identity, work.state, tags);

/** Without a docker host there is nothing the second root could ask. */
async function planStack({ context, work, images }: Job, tool: Tool): Promise<Plan> {
  const isThere = existsSync(statePath(tool, 'lab')) && (await isWhole(work));
  if (isThere) return plan(tool, stackRoot(context, images));
  return { isEmpty: false, text: 'Everything; in detail once the docker host is up.' };
}

function summary(context: Context, terraform: ChangeCounts, tookMs: number): Outcome {
  const urls = urlsOf(context);
  const lab = context.config.lab.name;
  const seconds = (tookMs / 1000).toFixed(1);
  const { add, change, remove } = terraform;
  const changes =
    add + change + remove === 0 ? 'nothing to change' : `${add} made, ${change} changed, ${remove} removed`;
  return {
    result: { lab, terraform, seconds: Number(seconds), urls },
    text: [
      `Lab ${lab} is up after ${seconds} s (${changes}).`,
      '',
      `  vote        ${urls.vote}`,
      `  result      ${urls.result}`,
      `  prometheus  ${urls.prometheus}`,
      '',
      'Next: ./sla status, ./sla vote A, ./sla ssh db, ./sla down',
    ].join('\n'),
  };
}
