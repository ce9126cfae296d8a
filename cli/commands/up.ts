import { existsSync } from 'node:fs';
import { hostNames } from '../../core/application.ts';
import type { Command, Outcome } from '../../core/command.ts';
import { allOrOneError } from '../../core/errors.ts';
import { buildMissing, type ImageRecipe, missingImages, presentImages, tagsOf } from '../../core/images.ts';
import { ensureProviders } from '../../core/providers.ts';
import { apply, plan, type Root, statePath, type Tool } from '../../core/terraform.ts';
import { createHosts, type LabWork, preflight } from '../../lab/create.ts';
import { labRoot } from '../../lab/hosts.ts';
import { labImages } from '../../lab/images.ts';
import { machineMirror, namedMirror } from '../../lab/mirror.ts';
import { stackImages } from '../../monitor/images.ts';
import { castAndCount, newProbeVoter, removeProbeVotes } from '../../monitor/vote.ts';
import { common } from '../../provision/roles/common.ts';
import { applySteps } from '../../provision/step.ts';
import { type Context, terraformTool, urlsOf, withHost } from '../context.ts';
import { settleHost } from '../settle.ts';
import { loadStackImages, stackRoot } from '../stack.ts';

export const up: Command<Context> = {
  name: 'up',
  summary: 'create the three hosts, the application and the monitoring, and prove it with a vote',
  example: 'up --dry-run',
  changesState: true,
  isExclusive: true,
  run: (context) => (context.isDryRun ? dryRun(context) : goUp(context)),
};

/** Everything of the lab, made or found, in the order of need; each part is safe to repeat. */
async function goUp(context: Context): Promise<Outcome> {
  const started = performance.now();
  const work = labWork(context);
  const recipes = allRecipes(context);
  await preflight(work, recipes);
  const tags = tagsOf(recipes);
  let tool = terraformTool(context, '');
  const made = { add: 0, change: 0, remove: 0 };
  const count = (counts: typeof made) => {
    made.add += counts.add;
    made.change += counts.change;
    made.remove += counts.remove;
  };
  await context.runStages([
    [
      {
        title: 'Images',
        run: async (narrate) => void (await buildMissing(recipes, `${context.state.path}/build`, narrate)),
      },
      {
        title: 'Terraform providers',
        run: async (narrate) => {
          tool = terraformTool(context, await cliConfigFile(context, tool, narrate));
        },
      },
    ],
    [{ title: 'Hosts', run: async (narrate) => count(await createHosts(work, tool, tags, narrate)) }],
    hostNames.map((name) => ({
      title: `Host ${name}`,
      run: (narrate: (line: string) => void) => settle(context, name, tags, narrate),
    })),
    [
      {
        title: 'Monitoring',
        run: async (narrate) => count(await apply(tool, await stackRoot(context, tags), narrate)),
      },
      { title: 'A vote', run: (narrate) => proveWithVote(context, narrate) },
    ],
  ]);
  return summary(context, made, performance.now() - started);
}

/** Waits for a host, puts ours on it and starts what is not running. */
const settle = (
  context: Context,
  name: (typeof hostNames)[number],
  tags: ReadonlyMap<string, string>,
  narrate: (line: string) => void,
) =>
  settleHost(context, name, narrate, async (host) => {
    const done = await applySteps(host, common);
    for (const { changes } of done) for (const { what } of changes) narrate(what);
    if (name === 'docker') await loadStackImages(context, host, tags, narrate);
  });

async function proveWithVote(context: Context, narrate: (line: string) => void): Promise<void> {
  const vote = await castAndCount(urlsOf(context), 'a', { voterId: newProbeVoter(), timeoutMs: 15_000 });
  narrate(`counted after ${vote.countedAfterMs} ms`);
  await withHost(context, 'db', removeProbeVotes);
}

/** What `up` would do: images to build, and both of Terraform's plans. */
async function dryRun(context: Context): Promise<Outcome> {
  const work = labWork(context);
  const recipes = allRecipes(context);
  await preflight(work, recipes);
  const images = missingImages(recipes, await presentImages()).map(({ name }) => name);
  const tags = tagsOf(recipes);
  const tool = terraformTool(
    context,
    await cliConfigFile(context, terraformTool(context, ''), context.narrate),
  );
  const [lab, stack] = await allOrOneError([
    planOf(tool, labRoot(work.lab, work.identity, work.state, tags)),
    planOf(tool, await stackRoot(context, tags)),
  ]);
  const isEmpty = images.length === 0 && lab?.isEmpty === true && stack?.isEmpty === true;
  return {
    result: { isEmpty, images, lab, stack },
    text: [
      images.length === 0 ? 'Images: nothing to build' : `Images to build: ${images.join(', ')}`,
      `\nTerraform root lab:\n${lab?.text}`,
      `\nTerraform root stack:\n${stack?.text}`,
    ].join('\n'),
  };
}

async function planOf(tool: Tool, root: Root): Promise<{ readonly isEmpty: boolean; readonly text: string }> {
  if (root.name === 'stack' && !existsSync(statePath(tool, 'lab'))) {
    return { isEmpty: false, text: 'everything: it is planned in detail once the docker host exists' };
  }
  return plan(tool, root);
}

async function cliConfigFile(
  { state }: Context,
  tool: Tool,
  narrate: (line: string) => void,
): Promise<string> {
  const options = { checkout: state.checkout, stateDir: state.path, terraform: tool.binary, narrate };
  return (await ensureProviders(options)).cliConfigFile;
}

const labWork = ({ engine, config, identity, state }: Context): LabWork => ({
  engine,
  lab: config.lab,
  identity,
  state,
});

function allRecipes({ config }: Context): readonly ImageRecipe[] {
  const { debianMirror } = config.lab;
  return [
    ...labImages(debianMirror === undefined ? machineMirror() : namedMirror(debianMirror)),
    ...stackImages,
  ];
}

function summary(
  context: Context,
  made: { add: number; change: number; remove: number },
  tookMs: number,
): Outcome {
  const urls = urlsOf(context);
  const seconds = (tookMs / 1000).toFixed(1);
  const changed =
    made.add + made.change + made.remove === 0
      ? 'nothing to change'
      : `${made.add} made, ${made.change} changed, ${made.remove} removed`;
  return {
    result: { lab: context.config.lab.name, terraform: made, seconds: Number(seconds), urls },
    text: [
      `Lab ${context.config.lab.name} is up after ${seconds} s (${changed}).`,
      '',
      `  vote        ${urls.vote}`,
      `  result      ${urls.result}`,
      `  prometheus  ${urls.prometheus}`,
      '',
      'Next: ./sla status, ./sla vote A, ./sla ssh db, ./sla down',
    ].join('\n'),
  };
}
