import { randomInt } from 'node:crypto';
import { readCuts } from '../../backup/adapters/cutStore.ts';
import { pgbackrestRepository } from '../../backup/adapters/pgbackrest.ts';
import { type DrillOrder, drill } from '../../backup/drill/drill.ts';
import { keepDrill } from '../../backup/drill/records.ts';
import { chooseCut } from '../../backup/drill/standing.ts';
import type { Cut, Drill } from '../../backup/types.ts';
import type { Command, Given, Outcome } from '../../core/command.ts';
import { messageOf, SlaError } from '../../core/errors.ts';
import type { Host } from '../../core/host.ts';
import { nearest } from '../../core/nearest.ts';
import { drillOutcome } from '../backup/drillScreen.ts';
import { type Context, insistOnLab, withHost } from '../context.ts';

const maxSeed = 2 ** 31;

export const backupDrill: Command<Context> = {
  name: 'backup drill',
  summary: 'restore a cut into scratch stores on docker, and prove that it is what it was',
  example: 'backup drill --cut before-upgrade',
  changesState: true,
  flags: [
    { usage: '--cut <label>', description: 'this cut (default: the newest)' },
    { usage: '--random-old', description: 'one of the older cuts, as the seed says' },
    { usage: '--control', description: 'damage a copy first, as the seed says: the drill must then fail' },
    { usage: '--seed <number>', description: 'the seed of an earlier drill, to repeat it', parse: seedFrom },
  ],
  run: async (context, given) => {
    insistOnMeaning(given);
    await insistOnLab(context);
    const seed = (given.flags.seed as number | undefined) ?? randomInt(maxSeed);
    return withHost(context, 'docker', async (docker) => {
      const order = await orderFor(context, docker, given, seed);
      if (context.isDryRun) return dryRun(order, seed);
      const found = await drill(
        {
          docker,
          repository: pgbackrestRepository(docker),
          stage: (title, run) => shownStage(context, title, run),
          signal: context.signal,
        },
        order,
      );
      return drillOutcome(await kept(docker, found), seed);
    });
  },
};

/** A verdict that cannot be written down is one all the same, and is told. */
async function kept(docker: Host, found: Drill): Promise<Drill> {
  try {
    await keepDrill(docker, found);
    return found;
  } catch (thrown) {
    if (!(thrown instanceof SlaError)) throw thrown;
    return { ...found, notes: [...found.notes, `not kept on docker: ${messageOf(thrown.cause ?? thrown)}`] };
  }
}

async function orderFor(context: Context, docker: Host, { flags }: Given, seed: number): Promise<DrillOrder> {
  const entries = await readCuts(docker);
  const cuts = entries.flatMap((entry) => ('cut' in entry ? [entry.cut] : []));
  const label = flags.cut as string | undefined;
  const problem = entries.find((entry) => entry.label === label && 'problem' in entry);
  if (problem && 'problem' in problem)
    throw new SlaError('drill-failed', `the cut ${label}: ${problem.problem}`);
  const cut =
    label === undefined ? chosen(cuts, flags.randomOld === true ? seed : undefined) : named(cuts, label);
  const { rtoS, rpoS } = context.config.backup;
  return {
    cut,
    isNewest: cut === cuts.at(-1),
    objectives: { rtoMs: rtoS * 1000, rpoMs: rpoS * 1000 },
    ...(flags.control === true ? { controlSeed: seed } : {}),
  };
}

function chosen(cuts: readonly Cut[], oldBySeed: number | undefined): Cut {
  const cut = chooseCut(cuts, oldBySeed);
  if (cut) return cut;
  throw new SlaError(
    'target-unreachable',
    `there is no ${oldBySeed === undefined ? '' : 'older '}cut to drill`,
    {
      remedy: 'make one with "./sla backup now"',
    },
  );
}

function named(cuts: readonly Cut[], label: string): Cut {
  const cut = cuts.find((candidate) => candidate.label === label);
  if (cut) return cut;
  const labels = cuts.map((candidate) => candidate.label);
  const meant = nearest(label, labels);
  throw new SlaError('usage', `no cut is named "${label}"${meant ? `, did you mean "${meant}"?` : ''}`, {
    remedy: labels.length > 0 ? `use one of ${labels.join(', ')}` : 'make one with "./sla backup now"',
  });
}

async function shownStage<T>({ runStages }: Context, title: string, run: () => Promise<T>): Promise<T> {
  const done = Promise.withResolvers<T>();
  await runStages([[{ title, run: async () => done.resolve(await run()) }]]);
  return done.promise;
}

function dryRun({ cut, controlSeed }: DrillOrder, seed: number): Outcome {
  const damaged = controlSeed === undefined ? '' : `, of a copy that seed ${seed} damages`;
  return {
    result: { isDryRun: true, cut: cut.label, isControl: controlSeed !== undefined, seed },
    text: `would restore the cut ${cut.label}${damaged} into scratch stores on docker, compare it, and remove them`,
  };
}

function insistOnMeaning({ flags }: Given): void {
  if (flags.cut !== undefined && flags.randomOld === true)
    throw new SlaError('usage', '--cut names a cut, and --random-old asks for any', {
      remedy: 'use one of both',
    });
  if (flags.seed !== undefined && flags.randomOld !== true && flags.control !== true)
    throw new SlaError('usage', 'there is nothing that a seed would choose', {
      remedy: 'use it with --control or --random-old',
    });
}

function seedFrom(text: string): number {
  const seed = Number(text);
  if (/^\d{1,10}$/.test(text) && seed < maxSeed) return seed;
  throw new SlaError('usage', `"${text}" is no seed`, {
    remedy: `use a whole number from 0 to ${maxSeed - 1}`,
  });
}
