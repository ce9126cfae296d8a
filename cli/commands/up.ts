import type { Command, Outcome, Stage } from '../../core/command.ts';
import { allOrOneError } from '../../core/errors.ts';
import { missingImages, presentImages } from '../../core/images.ts';
import { type ChangeCounts, plan, type Tool } from '../../core/terraform.ts';
import { isWhole, prepareKeys } from '../../lab/create.ts';
import { insistOnNoPublishedPorts } from '../../lab/preflight.ts';
import { insistOnSameSubstrate, type Substrate, unchosenSubstrate } from '../../lab/substrate.ts';
import { ensureHypervisor } from '../../lab/vm.ts';
import type { ConvergeReport } from '../../provision/convergeAll.ts';
import type { Role } from '../../provision/types.ts';
import { type Context, createContext, urlsOf, withHost } from '../context.ts';
import { changeCount, convergeHosts, describeChanges, type Extent, rolesFor } from '../converging.ts';
import { proveWithVote } from '../proof.ts';
import { insistOnNothingHalf } from '../rebuild/unfinished.ts';
import { substrateFlag } from '../substrateFlag.ts';
import {
  applyHosts,
  applyStack,
  isOfMachines,
  labRootOf,
  makeTools,
  planStack,
  prepareJob,
  settle,
  toolFor,
  type UpJob,
} from '../upJob.ts';

export const up: Command<Context> = {
  name: 'up',
  summary: 'create the three hosts, the application and the monitoring, and prove it with a vote',
  example: 'up --dry-run',
  changesState: true,
  isExclusive: true,
  onlyFor: { target: 'lab', instead: 'bring adopted hosts to what is declared with "./sla converge"' },
  flags: [
    substrateFlag('make the hosts of container or vm, instead of lab.substrate'),
    {
      usage: '--delivered',
      description: 'leave the hosts as delivered, with node_exporter on them and nothing else of ours',
    },
  ],
  run: async (given, { flags }) => {
    const started = performance.now();
    const context = forSubstrate(given, flags.substrate as Substrate | undefined);
    insistOnNothingHalf(context);
    const extent = flags.delivered === true ? 'delivered' : 'declared';
    if (isOfMachines(context) && !context.isDryRun) await makeHypervisor(context);
    const job = await prepareJob(context);
    if (context.isDryRun) return dryRun(job, extent);
    await prepareKeys(job.work);
    const tool = await makeTools(job);
    const made =
      ((await isWhole(job.work)) && (await keepUp(job, tool, extent))) || (await make(job, tool, extent));
    return summary(context, made, performance.now() - started);
  },
};

/** The context of this lab with the substrate that the flag, the configuration, or else the processor asks for. */
function forSubstrate(context: Context, flag: Substrate | undefined): Context {
  const { config, state, wantedSubstrate, isTerminal } = context;
  const substrate = flag ?? wantedSubstrate ?? unchosenSubstrate(config.lab, state);
  if (substrate === undefined || substrate === config.lab.substrate) return context;
  insistOnSameSubstrate(config.lab, state, substrate);
  return createContext(context, { ...config, lab: { ...config.lab, substrate } }, isTerminal);
}

function makeHypervisor({ config, state, runStages }: Context): Promise<void> {
  insistOnNoPublishedPorts(config.lab);
  return runStages([[{ title: 'Virtual machines', run: (narrate) => ensureHypervisor(state, narrate) }]]);
}

/** What an `up` came to. */
interface Made {
  readonly terraform: ChangeCounts;
  /** Changes on the hosts. */
  readonly steps: number;
  /** What of the application was not running. */
  readonly started: readonly string[];
}

const nothing: ChangeCounts = { add: 0, change: 0, remove: 0 };

/**
 * For a lab that runs: looks at both roots while the hosts are brought to what is declared. Undefined when
 * Terraform finds something to do, which only `make` does in the order of need.
 */
async function keepUp(job: UpJob, tool: Tool, extent: Extent): Promise<Made | undefined> {
  const { context } = job;
  const isEmpty: boolean[] = [];
  const hosts: OnHosts[] = [];
  await context.runStages([
    [
      { title: 'Hosts', run: async () => void isEmpty.push((await plan(tool, labRootOf(job))).isEmpty) },
      {
        title: 'Monitoring',
        run: async () => {
          // Terraform's own words for a host that cannot be opened help nobody.
          await withHost(context, 'docker', async () => undefined);
          isEmpty.push((await planStack(job, tool)).isEmpty);
        },
      },
      {
        title: 'Application',
        run: async (narrate) => {
          hosts.push(await settleAndConverge(job, await rolesFor(context, extent), narrate));
          await proveWithVote(context, narrate);
        },
      },
    ],
  ]);
  return isEmpty.every(Boolean) ? madeOf([], hosts) : undefined;
}

/** Everything in the order of need; each part is safe to repeat. */
async function make(job: UpJob, tool: Tool, extent: Extent): Promise<Made> {
  const { context } = job;
  const roles = await rolesFor(context, extent === 'declared' ? 'serving' : extent);
  const made: ChangeCounts[] = [];
  const hosts: OnHosts[] = [];
  await context.runStages([
    [{ title: 'Hosts', run: async (narrate) => void made.push(await applyHosts(job, tool, narrate)) }],
    [
      {
        title: 'app and db',
        // Together: what the one restarts, the other may be connected to.
        run: async (narrate) => {
          const both = roles.filter(({ host }) => host !== 'docker');
          hosts.push(await settleAndConverge(job, both, narrate));
        },
      },
      {
        title: 'docker and the monitoring',
        run: async (narrate) => {
          const one = roles.filter(({ host }) => host === 'docker');
          hosts.push(await settleAndConverge(job, one, narrate));
          made.push(await applyStack(job, tool, narrate));
        },
      },
    ],
    [{ title: 'A vote', run: (narrate) => proveWithVote(context, narrate) }],
    ...(extent === 'delivered' ? [] : [[backupsStage(context, hosts)]]),
  ]);
  return madeOf(made, hosts);
}

/** All that is declared: what keeps the hosts in order, and what they carry for backups. Votes are counted without it. */
const backupsStage = (context: Context, hosts: OnHosts[]): Stage => ({
  title: 'Backups',
  run: async (narrate) => {
    const report = await convergeHosts(context, await rolesFor(context, 'declared'), narrate);
    hosts.push({ steps: changeCount(report), started: [] });
  },
});

type OnHosts = Pick<Made, 'steps' | 'started'>;

const madeOf = (terraform: readonly ChangeCounts[], hosts: readonly OnHosts[]): Made => ({
  terraform: terraform.reduce(sum, nothing),
  steps: hosts.reduce((all, { steps }) => all + steps, 0),
  started: hosts.flatMap(({ started }) => started),
});

async function settleAndConverge(
  job: UpJob,
  roles: readonly Role[],
  narrate: (line: string) => void,
): Promise<OnHosts> {
  const started = await allOrOneError(
    roles.map(({ host }) => settle(job, host, (line) => narrate(`${host}: ${line}`))),
  );
  const report = await convergeHosts(job.context, roles, narrate);
  return { steps: changeCount(report), started: started.flat() };
}

const sum = (some: ChangeCounts, more: ChangeCounts): ChangeCounts => ({
  add: some.add + more.add,
  change: some.change + more.change,
  remove: some.remove + more.remove,
});

/** What `up` would do: images to build, both of Terraform's plans, and the steps on hosts that are there. */
async function dryRun(job: UpJob, extent: Extent): Promise<Outcome> {
  const { context } = job;
  const images = missingImages(job.recipes, await presentImages()).map(({ name }) => name);
  const tool = await toolFor(context, context.narrate);
  const hosts = (await isWhole(job.work))
    ? await convergeHosts(context, await rolesFor(context, extent))
    : undefined;
  const [lab, stack] = await Promise.all([plan(tool, labRootOf(job)), planStack(job, tool)]);
  const steps = hosts && changeCount(hosts);
  return {
    result: {
      isEmpty: images.length === 0 && lab.isEmpty && stack.isEmpty && steps === 0,
      images,
      lab,
      stack,
      steps: steps ?? null,
    },
    text: [
      images.length === 0 ? 'Images: nothing to build' : `Images to build: ${images.join(', ')}`,
      `\nTerraform root lab:\n${lab.text}`,
      `\nSteps on the hosts:\n${stepsText(hosts)}`,
      `\nTerraform root stack:\n${stack.text}`,
    ].join('\n'),
  };
}

function stepsText(report: ConvergeReport | undefined): string {
  if (!report) return 'Everything declared; in detail once all hosts are up.';
  return changeCount(report) === 0 ? 'No changes.' : describeChanges(report);
}

function summary(context: Context, { terraform, steps, started }: Made, tookMs: number): Outcome {
  const urls = urlsOf(context);
  const lab = context.config.lab.name;
  const seconds = (tookMs / 1000).toFixed(1);
  const { add, change, remove } = terraform;
  const changes = [
    ...(add + change + remove > 0 ? [`${add} made, ${change} changed, ${remove} removed`] : []),
    ...(steps > 0 ? [`${steps} changes on the hosts`] : []),
    ...(started.length > 0 ? [`started ${started.join(', ')}`] : []),
  ];
  return {
    result: { lab, terraform, steps, started, seconds: Number(seconds), urls },
    text: [
      `Lab ${lab} is up after ${seconds} s (${changes.join('; ') || 'nothing to change'}).`,
      '',
      `  vote        ${urls.vote}`,
      `  result      ${urls.result}`,
      `  prometheus  ${urls.prometheus}`,
      '',
      'Next: ./sla status, ./sla vote A, ./sla ssh db, ./sla down',
    ].join('\n'),
  };
}
