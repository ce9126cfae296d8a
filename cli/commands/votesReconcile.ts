import type { Command, Outcome } from '../../core/command.ts';
import { SlaError } from '../../core/errors.ts';
import { type Context, insistOnLab, withHost } from '../context.ts';
import { canAsk, isAnsweredYes } from '../prompt.ts';
import { type ReconcileOrder, type Round, reconcileOnce, settled } from '../votes/reconcile.ts';
import { renderRounds, roundsAsJson } from '../votes/screen.ts';
import { sinceFlag, sinceFrom } from '../votes/since.ts';

export const votesReconcile: Command<Context> = {
  name: 'votes reconcile',
  summary: 'write the votes that were accepted and are not in PostgreSQL; the last one of each voter',
  example: 'votes reconcile --dry-run',
  changesState: true,
  isExclusive: true,
  flags: [sinceFlag, { usage: '--yes', description: 'write without asking' }],
  run: async (context, { flags }) => {
    await insistOnLab(context);
    return withHost(context, 'db', (db) =>
      withHost(context, 'docker', async (docker) => {
        const since = await sinceFrom(flags.since as string | undefined, context.config.service.zone, docker);
        const order = { context, db, docker, since };
        if (context.isDryRun) return outcomeOf([await reconcileOnce({ ...order, isDryRun: true })], true);
        if (flags.yes !== true) await insistOnConsent({ ...order, isDryRun: true });
        return outcomeOf(await settled(() => reconcileOnce({ ...order, isDryRun: false })), false);
      }),
    );
  },
};

async function insistOnConsent(order: ReconcileOrder): Promise<void> {
  if (!canAsk()) {
    throw new SlaError('usage', 'there is no terminal on which to ask whether votes may be written', {
      remedy: 'give --yes if they may; --dry-run shows which',
    });
  }
  const round = await reconcileOnce(order);
  if (round.counts.writes === 0) return;
  if (await isAnsweredYes(`${renderRounds([round], true)}\nWrite them?`)) return;
  throw new SlaError('usage', 'it was declined: nothing was written', {
    remedy: 'run "./sla votes reconcile" again and answer yes',
  });
}

const outcomeOf = (rounds: readonly Round[], isDryRun: boolean): Outcome => ({
  result: roundsAsJson(rounds, isDryRun),
  text: renderRounds(rounds, isDryRun),
});
