import { rmSync } from 'node:fs';
import { removeOldCopies } from '../../backup/copy.ts';
import type { HostName } from '../../core/application.ts';
import type { Stage } from '../../core/command.ts';
import { SlaError } from '../../core/errors.ts';
import { type Journal, newJournal, openJournals, readJournal, removeJournal } from '../../rebuild/journal.ts';
import type { RebuildPlan } from '../../rebuild/plan.ts';
import type { StageTime } from '../../rebuild/table.ts';
import type { StageKind, Verdict } from '../../rebuild/types.ts';
import type { Context } from '../context.ts';
import type { Extent } from '../converging.ts';
import { copiesFolder, journalFolder } from './places.ts';
import { settleSources, stageRuns, takeBackHold } from './stages.ts';
import type { RebuildTarget } from './target.ts';
import { note, type RebuildWork } from './work.ts';

export interface Rebuilt {
  readonly host: HostName;
  readonly verdict: Verdict;
  readonly sources: Journal['sources'];
  readonly warnings: readonly string[];
  readonly stages: readonly StageTime[];
}

export interface RebuildOrder {
  readonly target: RebuildTarget;
  readonly plan: RebuildPlan;
  readonly extent: Extent;
  /** What an earlier run left; undefined when there was none. */
  readonly journal: Journal | undefined;
}

/** Carries out a plan; whatever ends it, the next run of the same plan's host goes on from there. */
export async function rebuildHost(order: RebuildOrder): Promise<Rebuilt> {
  const { plan, target } = order;
  const { host } = plan;
  const work: RebuildWork = { ...order, host, journal: order.journal ?? firstJournal(plan) };
  const times: StageTime[] = work.journal.done.map((kind) => ({
    stage: titleOf(kind, host),
    seconds: undefined,
  }));
  note(work, { failure: null, done: doneStill(work) });
  if (work.journal.isDestroying) settleSources(work);
  try {
    await target.context.runStages(groupsOf(work, times));
  } catch (thrown) {
    throw await afterFailure(work, thrown);
  }
  return finish(work, times);
}

/** Of a host that is new already nothing is saved, and nothing is taken back. */
const firstJournal = ({ host, isNew }: RebuildPlan): Journal => ({
  ...newJournal(host, new Date()),
  isDestroying: isNew,
});

/** What the plan has again is no longer done, nor is what the journal says of it. */
const doneStill = ({ plan, journal }: RebuildWork): readonly StageKind[] =>
  journal.done.filter((kind) => !plan.stages.some((stage) => stage.kind === kind));

const titleOf = (kind: StageKind, host: HostName): string =>
  kind === 'replace' ? `Replace ${host}` : stageRuns[kind].title;

/** One after the other; what the replacement needs is made ready while the old host is saved. */
function groupsOf(work: RebuildWork, times: StageTime[]): readonly (readonly Stage[])[] {
  const { plan, host, target } = work;
  const stages = plan.stages.map(({ kind }) => timed(work, kind, times));
  const at = plan.stages.findIndex(({ kind }) => kind === 'replace');
  const { replacement } = target;
  if (at < 0 || !replacement.prepare) return stages.map((stage) => [stage]);
  const prepare: Stage = { title: 'Prepare', run: async (narrate) => replacement.prepare?.(host, narrate) };
  const before = stages.slice(0, at);
  const last = before.pop();
  return [
    ...before.map((stage) => [stage]),
    last ? [last, prepare] : [prepare],
    ...stages.slice(at).map((stage) => [stage]),
  ];
}

const timed = (work: RebuildWork, kind: StageKind, times: StageTime[]): Stage => ({
  title: titleOf(kind, work.host),
  ...(kind === 'replace' && work.target.replacement.mayAsk ? { mayAsk: true } : {}),
  run: async (narrate) => {
    const started = performance.now();
    await stageRuns[kind].run(work, narrate);
    times.push({ stage: titleOf(kind, work.host), seconds: (performance.now() - started) / 1000 });
    note(work, { done: [...work.journal.done, kind] });
  },
});

/** Before anything was destroyed a failure, or Ctrl-C, ends the rebuild; afterwards it is only a pause. */
async function afterFailure(work: RebuildWork, thrown: unknown): Promise<unknown> {
  if (!(thrown instanceof SlaError)) return thrown;
  const { host, target } = work;
  if (!work.journal.isDestroying) {
    const votes = (await giveUp(target.context, host))
      ? 'votes are accepted again'
      : `votes are still held until "./sla rebuild ${host}" is through`;
    return withRemedy(thrown, `nothing was destroyed, and ${votes}; ${thrown.remedy}`);
  }
  if (thrown.code === 'interrupted') return thrown;
  note(work, { failure: thrown.message });
  if (thrown.code === 'restore-failed') return thrown;
  if (thrown.remedy.includes(`./sla rebuild ${host}`)) return thrown;
  return withRemedy(thrown, `${thrown.remedy}; then run "./sla rebuild ${host}": it goes on from there`);
}

/** Ends a rebuild that has not destroyed anything yet. False: its hold is still there, and so is its journal. */
export async function giveUp(context: Context, host: HostName): Promise<boolean> {
  const journal = readJournal(journalFolder(context), host);
  if (!journal || journal.isDestroying) return true;
  if (host !== 'docker' && !(await takeBackHold(context, host))) return false;
  if (host !== 'db' && journal.fingerprint !== null)
    rmSync(journal.fingerprint, { recursive: true, force: true });
  removeJournal(journalFolder(context), host);
  return true;
}

const withRemedy = ({ code, message, cause }: SlaError, remedy: string): SlaError =>
  new SlaError(code, message, { ...(cause === undefined ? {} : { cause }), remedy });

function finish(work: RebuildWork, times: readonly StageTime[]): Rebuilt {
  const { target, host, plan, journal } = work;
  const verdict = journal.verdict ?? { kind: 'not certified', reason: reasonOf(work) };
  removeJournal(journalFolder(target.context), host);
  if (host !== 'db' && journal.fingerprint !== null)
    rmSync(journal.fingerprint, { recursive: true, force: true });
  const inUse = openJournals(journalFolder(target.context)).flatMap(({ sources }) =>
    Object.values(sources).flatMap((source) => (source.kind === 'copy' ? [source.name] : [])),
  );
  removeOldCopies(copiesFolder(target.context), inUse);
  return { host, verdict, sources: journal.sources, warnings: plan.warnings, stages: times };
}

const reasonOf = ({ host, plan }: RebuildWork): string =>
  host === 'db' && plan.lost.length < Object.keys(plan.sources).length
    ? 'the stores come from copies of different times'
    : 'there is nothing to compare with';
