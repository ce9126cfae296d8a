import { readLastRestore, readRestoreJournal } from '../../backup/restoreJournal.ts';
import type { Command, Outcome } from '../../core/command.ts';
import { errorCodes, SlaError } from '../../core/errors.ts';
import { renderTimes } from '../../rebuild/table.ts';
import { describePlan, planAsJson } from '../backup/describe.ts';
import { planFor, type RestorePlan } from '../backup/facts.ts';
import { giveUpRestore, type Restored, restoreStores } from '../backup/restoreStores.ts';
import { restoreFolder } from '../backup/restoreWork.ts';
import { orderFrom, orderLine, storeFrom } from '../backup/target.ts';
import { type Context, insistOnLab, withHost } from '../context.ts';
import { isWordTyped } from '../prompt.ts';
import { insistOnNothingHalf } from '../rebuild/unfinished.ts';
import { withAllStores } from '../storeLocks.ts';

export const backupRestore: Command<Context> = {
  name: 'backup restore',
  summary: 'bring both stores back to a cut or an instant, and certify them',
  example: 'backup restore --cut before-upgrade --dry-run',
  changesState: true,
  isExclusive: true,
  arguments: [
    {
      name: 'target',
      description: 'latest: all that was ever committed',
      isOptional: true,
      choices: ['latest'],
    },
  ],
  flags: [
    { usage: '--cut <label>', description: 'back to exactly this cut' },
    { usage: '--at <instant>', description: 'back to an instant, ISO 8601 with zone or offset' },
    { usage: '--only <store>', description: 'restore postgres or redis alone', parse: storeFrom },
    { usage: '--exact', description: 'leave out the votes that were accepted since' },
    { usage: '--yes', description: 'go on without asking whether what is there now may be overwritten' },
    { usage: '--give-up', description: 'end an interrupted restore: back to the data from before' },
  ],
  run: async (context, given) => {
    await insistOnLab(context);
    insistOnNothingHalf(context);
    if (given.flags.giveUp === true) return giveUpRestore(context);
    const order = orderFrom(given, context.config.service.zone);
    const begun = readRestoreJournal(restoreFolder(context));
    if (begun && begun.order !== orderLine(order)) throw unfinished(begun.order);
    return withHost(context, 'docker', async (docker) => {
      const run = async (): Promise<Outcome> => {
        if (begun) return outcomeOf(await restoreStores(context, { kind: 'resumed', journal: begun }));
        const plan = await withHost(context, 'db', (db) => planFor(db, docker, order));
        if (context.isDryRun)
          return {
            result: { isDryRun: true, ...planAsJson(plan) },
            text: describePlan(plan, readLastRestore(restoreFolder(context))),
          };
        await insistOnConsent(context, plan, given.flags.yes === true);
        return outcomeOf(await restoreStores(context, { kind: 'new', plan }));
      };
      return context.isDryRun
        ? run()
        : withAllStores(docker, `the restore ${orderLine(order)}`, context.narrate, run);
    });
  },
};

const unfinished = (order: string): SlaError =>
  new SlaError('restore-unfinished', `the restore ${order} is not finished`, {
    remedy: `run "./sla backup restore ${order}": it goes on; or end it with "./sla backup restore --give-up"`,
  });

async function insistOnConsent(context: Context, plan: RestorePlan, isAgreed: boolean): Promise<void> {
  const text = describePlan(plan, readLastRestore(restoreFolder(context)));
  if (isAgreed) return context.narrate(text);
  if (await isWordTyped(`${text}\nType restore to go on:`, 'restore', '--yes')) return;
  throw new SlaError('usage', 'the restore was declined: nothing was done', {
    remedy: 'run the same command again and type restore',
  });
}

function outcomeOf({ journal, stages }: Restored): Outcome {
  const { verdict, saved } = journal;
  const isDifferent = verdict?.kind === 'different';
  return {
    result: {
      order: journal.order,
      verdict: verdict?.kind.toUpperCase(),
      text: verdict?.text,
      saved,
      stages: stages.map(({ stage, seconds }) => ({
        stage,
        seconds: seconds === undefined ? null : Number(seconds.toFixed(2)),
      })),
    },
    text: [
      `restored (${journal.order}):`,
      renderTimes(stages),
      ...(saved ? [`what was there before is the cut ${saved}`] : []),
      verdict?.text ?? '',
    ].join('\n'),
    exitStatus: isDifferent ? errorCodes['state-differs'].exit : 0,
  };
}
