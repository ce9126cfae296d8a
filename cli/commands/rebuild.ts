import { type HostName, hostNames } from '../../core/application.ts';
import type { Command, Given, Outcome } from '../../core/command.ts';
import { errorCodes, SlaError } from '../../core/errors.ts';
import { readJournal } from '../../rebuild/journal.ts';
import { planRebuild, type RebuildPlan } from '../../rebuild/plan.ts';
import { renderTimes } from '../../rebuild/table.ts';
import type { Verdict } from '../../rebuild/types.ts';
import { addressOfHost, type Context } from '../context.ts';
import type { Extent } from '../converging.ts';
import { isWordTyped } from '../prompt.ts';
import { adoptedTarget, insistOnOld } from '../rebuild/adoptedTarget.ts';
import { noteFinished, openRound, removeRound } from '../rebuild/all.ts';
import { gatherFacts } from '../rebuild/facts.ts';
import { insistOnMeaning, rebuildFlags, termsFrom } from '../rebuild/flags.ts';
import { giveUpWaiting } from '../rebuild/giveUp.ts';
import { labTarget } from '../rebuild/labTarget.ts';
import { journalFolder } from '../rebuild/places.ts';
import { giveUp, type Rebuilt, rebuildHost } from '../rebuild/rebuildHost.ts';
import { hasRecord } from '../rebuild/sameDelivery.ts';
import type { RebuildTarget } from '../rebuild/target.ts';
import { insistOnNothingHalf } from '../rebuild/unfinished.ts';

export const rebuild: Command<Context> = {
  name: 'rebuild',
  summary: 'replace a host by the delivered one, and bring back what it held, certified',
  example: 'rebuild db --dry-run',
  changesState: true,
  isExclusive: true,
  arguments: [
    {
      name: 'host',
      description: 'one host, or all of them one after the other',
      choices: [...hostNames, 'all'],
    },
  ],
  flags: rebuildFlags,
  run: async (context, given) => {
    const host = given.arguments.host as HostName | 'all';
    insistOnMeaning(context, given, host);
    insistOnNothingHalf(context, host);
    const order: Order = { target: await targetFor(context, given), given };
    if (host !== 'all')
      return given.flags.giveUp === true ? giveUpWaiting(context, host) : rebuildOne(order, host);
    return rebuildAll(order);
  },
};

interface Order {
  readonly target: RebuildTarget;
  readonly given: Given;
}

/** db first: as long as app stands it can hold the votes; docker last, because nothing waits for it. */
const inOrder: readonly HostName[] = ['db', 'app', 'docker'];

const targetFor = (context: Context, given: Given): Promise<RebuildTarget> =>
  context.config.target === 'lab' ? labTarget(context) : adoptedTarget(context, termsFrom(given));

async function rebuildOne(order: Order, host: HostName): Promise<Outcome> {
  const plan = await planFor(order, host);
  if (order.target.context.isDryRun) return dryRun(order, [plan]);
  insistOnSources(order, plan);
  await insistOnConsent(order, [plan], host);
  const rebuilt = await carryOut(order, plan);
  removeRound(order.target.context);
  return { ...outcomeOf(rebuilt), result: asJson(rebuilt) };
}

/** An interrupted round goes on with the hosts that it had not finished. */
async function rebuildAll(order: Order): Promise<Outcome> {
  const { context } = order.target;
  let round = openRound(context);
  const names = inOrder.filter((name) => !round.finished.includes(name));
  if (names.length < inOrder.length)
    context.narrate(
      `${round.finished.join(' and ')}: rebuilt in the round begun ${round.startedAt}, which goes on`,
    );
  const plans: RebuildPlan[] = [];
  for (const name of names) plans.push(await planFor(order, name));
  if (context.isDryRun) return dryRun(order, plans);
  for (const plan of plans) insistOnSources(order, plan);
  await insistOnConsent(order, plans, 'all');
  const all: Rebuilt[] = [];
  for (const name of names) {
    // What answers now may be other than before: each host was in the way of the next.
    const plan = await planFor(order, name);
    insistOnSources(order, plan);
    all.push(await carryOut(order, plan));
    round = noteFinished(context, round, name);
  }
  removeRound(context);
  const outcomes = all.map(outcomeOf);
  return {
    result: { hosts: all.map(asJson) },
    text: outcomes.map(({ text }) => text).join('\n\n'),
    exitStatus: Math.max(0, ...outcomes.map(({ exitStatus }) => exitStatus ?? 0)),
  };
}

async function planFor({ target, given }: Order, host: HostName): Promise<RebuildPlan> {
  const { context, replacement, monitoring } = target;
  const isNew = given.flags.isNew === true;
  const isBegun = readJournal(journalFolder(context), host)?.isDestroying === true;
  if (context.config.target === 'adopted') {
    hasRecord(context, host, termsFrom(given).acceptsDifferences);
    if (!isNew && !isBegun) await insistOnOld(context, host);
  }
  const facts = await gatherFacts(context, {
    host,
    destroys: replacement.what(host),
    hasMonitoring: monitoring !== undefined,
    isNew: isNew && !isBegun,
    copy: given.flags.copy as string | undefined,
  });
  return planRebuild(facts);
}

function carryOut({ target, given }: Order, plan: RebuildPlan): Promise<Rebuilt> {
  const extent: Extent = given.flags.delivered === true ? 'delivered' : 'declared';
  const journal = readJournal(journalFolder(target.context), plan.host);
  return rebuildHost({ target, plan, extent, journal });
}

function insistOnSources({ given }: Order, { host, lost }: RebuildPlan): void {
  if (lost.length === 0 || given.flags.acceptLoss === true) return;
  throw new SlaError(
    'nothing-to-restore',
    `${lost.join(' and ')} of ${host} can neither be saved nor restored from a copy`,
    {
      remedy: `bring ${lost.join(' and ')} up with "./sla up" and run "./sla rebuild ${host}" again, or give it --accept-loss: what is lost then starts as delivered`,
    },
  );
}

async function insistOnConsent({ target, given }: Order, plans: readonly RebuildPlan[], word: string) {
  const { context } = target;
  const text = describe(context, plans);
  if (given.flags.yes === true) return context.narrate(text);
  const isAgreed = await isWordTyped(`${text}\nType ${word} to go on:`, word, '--yes');
  if (isAgreed) return;
  for (const { host } of plans) await giveUp(context, host);
  removeRound(context);
  throw new SlaError('usage', 'the rebuild was declined: nothing was done', {
    remedy: `run "./sla rebuild ${word}" again and type ${word}`,
  });
}

const dryRun = ({ target }: Order, plans: readonly RebuildPlan[]): Outcome => ({
  result: { isDryRun: true, plans },
  text: describe(target.context, plans),
});

const describe = (context: Context, plans: readonly RebuildPlan[]): string =>
  plans.map((plan) => describePlan(context, plan)).join('\n\n');

function describePlan(context: Context, { host, isResumed, stages, warnings }: RebuildPlan): string {
  const { address } = addressOfHost(context, host);
  return [
    `Rebuild ${host} (${address}) of ${ownerOf(context)}${isResumed ? ', going on where it stopped' : ''}:`,
    ...stages.map(({ what }, index) => `  ${index + 1}. ${what}`),
    ...warnings.map((warning) => `  ! ${warning}`),
  ].join('\n');
}

const ownerOf = ({ config }: Context): string =>
  config.target === 'lab' ? `lab ${config.lab.name}` : `the adopted hosts "${config.adopted?.name}"`;

function outcomeOf({ host, verdict, warnings, stages }: Rebuilt): Outcome {
  const lines = [
    `${host} is rebuilt:`,
    renderTimes(stages),
    ...warnings.map((warning) => `  ! ${warning}`),
    describeVerdict(verdict),
  ];
  return {
    result: undefined,
    text: lines.join('\n'),
    exitStatus: verdict.kind === 'different' ? errorCodes['state-differs'].exit : 0,
  };
}

function describeVerdict(verdict: Verdict): string {
  switch (verdict.kind) {
    case 'identical':
      return `IDENTICAL ${verdict.digest}`;
    case 'votes only':
      return `${verdict.text}\nThese votes came meanwhile; nothing else differs.`;
    case 'different':
      return verdict.text;
    case 'not certified':
      return `NOT CERTIFIED: ${verdict.reason}`;
  }
}

const asJson = ({ host, verdict, sources, warnings, stages }: Rebuilt) => ({
  host,
  verdict: verdict.kind === 'identical' ? 'IDENTICAL' : verdict.kind.toUpperCase(),
  ...('digest' in verdict ? { digest: verdict.digest } : {}),
  ...('text' in verdict ? { differences: verdict.text } : {}),
  ...('reason' in verdict ? { reason: verdict.reason } : {}),
  sources,
  warnings,
  stages: stages.map(({ stage, seconds }) => ({
    stage,
    seconds: seconds === undefined ? null : Number(seconds.toFixed(2)),
  })),
});
