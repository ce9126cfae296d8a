import { readCuts } from '../../backup/adapters/cutStore.ts';
import { goBack } from '../../backup/adapters/postgresRestore.ts';
import {
  keepLastRestore,
  type RestoreJournal,
  type RestoreStage,
  readRestoreJournal,
  removeRestoreJournal,
} from '../../backup/restoreJournal.ts';
import type { Cut } from '../../backup/types.ts';
import type { Outcome, Stage } from '../../core/command.ts';
import { SlaError } from '../../core/errors.ts';
import { release, resumeApp } from '../../rebuild/hold.ts';
import type { StageTime } from '../../rebuild/table.ts';
import { type Context, withHost } from '../context.ts';
import type { RestorePlan } from './facts.ts';
import { restoreRuns, stagesOf } from './restoreStages.ts';
import { noteRestore, type RestoreWork, restoreFolder } from './restoreWork.ts';
import { orderLine } from './target.ts';

/** A new restore by its plan, or one that goes on where it stopped. */
export type Begin =
  | { readonly kind: 'new'; readonly plan: RestorePlan }
  | { readonly kind: 'resumed'; readonly journal: RestoreJournal };

export interface Restored {
  readonly journal: RestoreJournal;
  readonly stages: readonly StageTime[];
}

/** Carries out a restore; whatever ends it, the same command goes on from there. */
export async function restoreStores(context: Context, begin: Begin): Promise<Restored> {
  const work = await workFrom(context, begin);
  const times: StageTime[] = work.journal.done.map((stage) => ({
    stage: restoreRuns[stage].title,
    seconds: undefined,
  }));
  try {
    await context.runStages(stagesOf(work).map((stage) => [timed(work, stage, times)]));
  } catch (thrown) {
    throw await afterFailure(work, thrown);
  }
  const { order } = work.journal;
  const isWhole = times.every(({ seconds }) => seconds !== undefined);
  const seconds = times.reduce((sum, stage) => sum + (stage.seconds ?? 0), 0);
  if (isWhole) keepLastRestore(restoreFolder(context), { order, seconds });
  removeRestoreJournal(restoreFolder(context));
  return { journal: work.journal, stages: times };
}

async function workFrom(context: Context, begin: Begin): Promise<RestoreWork> {
  if (begin.kind === 'new') {
    const { plan } = begin;
    const work: RestoreWork = { context, cut: plan.cut, journal: journalFrom(plan) };
    noteRestore(work, {});
    return work;
  }
  const { journal } = begin;
  const cut = journal.cut === null ? undefined : await cutOf(context, journal.cut);
  return { context, cut, journal };
}

const cutOf = (context: Context, label: string): Promise<Cut | undefined> =>
  withHost(context, 'docker', async (docker) => {
    const entry = (await readCuts(docker)).find((one) => one.label === label);
    return entry && 'cut' in entry ? entry.cut : undefined;
  });

function journalFrom(plan: RestorePlan): RestoreJournal {
  const { order, cut, postgres, redis, isSavable, votesSinceMs } = plan;
  const now = new Date();
  return {
    format: 1,
    id: now.toISOString().replaceAll(/[:.]/g, '-'),
    startedAt: now.toISOString(),
    order: orderLine(order),
    only: order.only ?? null,
    isExact: order.isExact,
    cut: cut?.label ?? null,
    postgres: postgres ? { ...postgres, notes: [...postgres.notes] } : null,
    redis: redis ?? null,
    isSavable,
    isAppAway: false,
    votesSinceMs,
    saved: null,
    done: [],
    verdict: null,
  };
}

const timed = (work: RestoreWork, stage: RestoreStage, times: StageTime[]): Stage => ({
  title: restoreRuns[stage].title,
  run: async (narrate) => {
    const started = performance.now();
    await restoreRuns[stage].run(work, narrate);
    times.push({ stage: restoreRuns[stage].title, seconds: (performance.now() - started) / 1000 });
    noteRestore(work, { done: [...work.journal.done, stage] });
  },
});

/** Until Redis is touched the data from before comes back by itself; later on the restore waits to go on. */
async function afterFailure(work: RestoreWork, thrown: unknown): Promise<unknown> {
  if (!(thrown instanceof SlaError)) return thrown;
  const { context, journal } = work;
  const isTurnedBack = !journal.done.includes('switch') && (await turnBack(context, journal));
  const remedy = isTurnedBack
    ? `nothing was lost: the data from before answers, and votes are accepted; ${thrown.remedy}`
    : `${thrown.remedy}; then run "./sla backup restore ${journal.order}": it goes on from there`;
  return new SlaError(thrown.code, thrown.message, {
    ...(thrown.cause === undefined ? {} : { cause: thrown.cause }),
    remedy,
  });
}

async function turnBack(context: Context, journal: RestoreJournal): Promise<boolean> {
  try {
    if (journal.postgres) await withHost(context, 'db', (db) => goBack(db, journal.id));
    // The hold comes after the data was made beside the old: before, nothing of app was touched.
    const mayBeHeld = journal.postgres === null || journal.done.includes('fetch');
    if (mayBeHeld && !journal.isAppAway)
      await withHost(context, 'app', async (app) => {
        await release(app);
        await resumeApp(app);
      });
    removeRestoreJournal(restoreFolder(context));
    return true;
  } catch (thrown) {
    if (!(thrown instanceof SlaError)) throw thrown;
    context.narrate(`the data from before cannot be brought back yet: ${thrown.message}`);
    return false;
  }
}

/** Ends an interrupted restore whose new data nobody relies on yet. Errors: `usage`, `restore-unfinished`. */
export async function giveUpRestore(context: Context): Promise<Outcome> {
  const journal = readRestoreJournal(restoreFolder(context));
  if (!journal) throw new SlaError('usage', 'no restore is under way', { remedy: 'run "./sla backup list"' });
  if (journal.done.includes('switch') || context.isDryRun) {
    if (context.isDryRun) return { result: { isDryRun: true }, text: `would give up ${journal.order}` };
    throw new SlaError('restore-unfinished', 'the new data is in its place already', {
      remedy: `run "./sla backup restore ${journal.order}": it goes on; then go back with "--cut ${journal.saved ?? 'LABEL'}"`,
    });
  }
  if (!(await turnBack(context, journal)))
    throw new SlaError('restore-unfinished', 'the data from before cannot be brought back yet', {
      remedy: 'run "./sla doctor", then "./sla backup restore --give-up" again',
    });
  return { result: { isGivenUp: true }, text: 'the data from before answers, and votes are accepted again' };
}
