import { type ComponentName, componentNames } from '../core/application.ts';
import { SlaError } from '../core/errors.ts';
import type { Host, RemoteResult } from '../core/host.ts';
import { type Questions, questionLines, questionsOf, revivalOf, sectionCount } from './asks.ts';
import { factsFrom, insistOnAllAnswers, type Section, sectionsOf } from './facts.ts';
import { type Batch, batchesOf, isEmpty, type PhasePlan, planPhase } from './plan.ts';
import { type Action, commandOf, lockedStatus, runsScript, scriptOf } from './script.ts';
import type { Facts, Phase, Role } from './types.ts';
import { uploadsTo } from './uploads.ts';

/** How the engine reaches a host. */
export interface Reach {
  /** Opens a new session; the engine closes what it opened. */
  open(): Promise<Host>;
}

export interface ConvergeOptions {
  readonly isDryRun: boolean;
  readonly narrate: (line: string) => void;
  /** Who changes the host, for another operator who tries at the same time. */
  readonly operator: string;
  /** Phases that need other hosts first are only looked at; what they would do is `waiting` in the report. */
  readonly putsOff?: boolean;
  /** On the host: only one operator at a time changes it. */
  readonly lockFile?: string;
}

const hostLock = '/run/sla-converge.lock';

/** What a converge came to, or would come to. */
export interface HostReport {
  readonly host: Role['host'];
  readonly stepCount: number;
  /** Trips to the host: 1 when there was nothing to do. */
  readonly trips: number;
  readonly phases: readonly PhasePlan[];
  /** Phases with something to do that were put off. */
  readonly waiting: readonly Phase[];
  /** Components, on whatever host, whose connection to this one is dead, now or since an interrupted run. */
  readonly broken: readonly ComponentName[];
}

/**
 * Brings a host to what its role declares. Facts of all phases are read in one trip; each phase with changes
 * costs one more, at whose end its steps and all later ones are read again: a change that did not take is an
 * error, not a surprise. Errors: those of `openHost`, `systemd-degraded`, `remote-command-failed`.
 */
export async function convergeHost(role: Role, reach: Reach, options: ConvergeOptions): Promise<HostReport> {
  const host = await reach.open();
  try {
    const link = linkTo(host);
    let facts = await read(link, role.phases);
    const plans: PhasePlan[] = [];
    const waiting: Phase[] = [];
    const uploads = uploadsTo(host);
    // Under way while earlier phases are applied.
    if (!options.isDryRun) for (const phase of role.phases) uploads.begin(planPhase(phase, facts));
    for (const [index, phase] of role.phases.entries()) {
      const plan = planPhase(phase, facts);
      if (isEmpty(plan)) continue;
      if (phase.after && options.putsOff === true) {
        waiting.push(phase);
        continue;
      }
      plans.push(plan);
      narratePlan(plan, options);
      if (options.isDryRun) continue;
      await uploads.arrived(plan);
      facts = await applyPhase(plan, role.phases.slice(index), link, { ...reach, lock: lockOf(options) });
    }
    const stepCount = role.phases.reduce((sum, { steps }) => sum + steps.length, 0);
    const broken = brokenBy(plans, facts);
    return { host: role.host, stepCount, trips: link.trips, phases: plans, waiting, broken };
  } finally {
    host.close();
  }
}

const brokenBy = (plans: readonly PhasePlan[], { owed }: Facts): readonly ComponentName[] =>
  componentNames.filter(
    (name) =>
      owed.includes(revivalOf(name)) ||
      plans.some(({ handlers }) => handlers.some(({ breaks }) => breaks?.includes(name))),
  );

/** The facts of all steps, in one trip. */
export const readFacts = (host: Host, phases: readonly Phase[]): Promise<Facts> => read(linkTo(host), phases);

/** A session that counts its trips. */
interface Link {
  readonly host: Host;
  trips: number;
  send(script: string, over?: Host): Promise<readonly Section[]>;
}

function linkTo(host: Host): Link {
  const link: Link = {
    host,
    trips: 0,
    send: async (script, over = host) => {
      link.trips += 1;
      const result = await over.query(runsScript, script);
      insistOnScript(over.name, result);
      return sectionsOf(result.stdout);
    },
  };
  return link;
}

/**
 * A script ends with status 0 whatever it finds. Without a word of its own, another status is that of a
 * connection that broke, and what came before counts; with one, it is why no script can run there.
 */
function insistOnScript(name: string, { exitCode, stderr }: RemoteResult): void {
  if (exitCode === 0 || stderr.trim() === '') return;
  throw new SlaError('remote-command-failed', `no script can run on ${name}: status ${exitCode}`, {
    cause: stderr.trim(),
    remedy: `look with "./sla ssh ${name}", then run the same command again`,
  });
}

async function read(link: Link, phases: readonly Phase[]): Promise<Facts> {
  const questions = questionsFor(phases);
  const sections = await link.send(scriptOf([], questionLines(questions)));
  return factsOrError(link.host.name, questions, sections);
}

const lockOf = ({ operator, lockFile = hostLock }: ConvergeOptions): Action => ({
  kind: 'lock',
  file: lockFile,
  holder: operator,
});

/** Reach to a host that is to be changed. */
interface LockedReach extends Reach {
  readonly lock: Action;
}

/** Gives the facts as they are afterwards. */
async function applyPhase(
  plan: PhasePlan,
  remaining: readonly Phase[],
  link: Link,
  reach: LockedReach,
): Promise<Facts> {
  const questions = questionsFor(remaining);
  let facts: Facts | undefined;
  const batches = batchesOf(plan);
  for (const [index, batch] of batches.entries()) {
    const isLast = index === batches.length - 1;
    facts = await applyBatch(batch, isLast ? questions : undefined, link, reach);
  }
  if (!facts) throw new Error(`the phase ${plan.phase.name} was applied without a batch`);
  insistOnTaken(planPhase(plan.phase, facts), link.host);
  return facts;
}

async function applyBatch(
  { actions: wanted, confirm: confirmation }: Batch,
  questions: Questions | undefined,
  link: Link,
  reach: LockedReach,
): Promise<Facts | undefined> {
  const actions = [reach.lock, ...wanted];
  const asking = questions && confirmation === undefined ? questionLines(questions) : [];
  const sections = await link.send(scriptOf(actions, asking));
  insistOnDone(actions, sections, link.host);
  if (confirmation !== undefined) return confirm(confirmation, questions, link, reach);
  return questions && factsOrError(link.host.name, questions, sections.slice(actions.length));
}

/** Only a session made after the change proves that one can still be made. */
async function confirm(
  argv: readonly string[],
  questions: Questions | undefined,
  link: Link,
  reach: Reach,
): Promise<Facts | undefined> {
  const fresh = await reach.open().catch((thrown: unknown) => {
    throw new SlaError(
      'host-unreachable',
      `${link.host.name} took no new session after a change of its firewall; the host takes the change back by itself within 30 s`,
      { cause: thrown, remedy: 'correct the declared ports, then run "./sla converge" again' },
    );
  });
  try {
    const actions = [{ kind: 'run', run: argv, owes: [] }] as const;
    const sections = await link.send(scriptOf(actions, questions ? questionLines(questions) : []), fresh);
    insistOnDone(actions, sections, link.host);
    return questions && factsOrError(link.host.name, questions, sections.slice(1));
  } finally {
    fresh.close();
  }
}

const questionsFor = (phases: readonly Phase[]): Questions =>
  questionsOf(phases.flatMap(({ steps }) => steps.flatMap(({ asks }) => asks)));

function factsOrError(name: string, questions: Questions, sections: readonly Section[]): Facts {
  insistOnAllAnswers(name, sections, sectionCount(questions));
  return factsFrom(name, questions, sections);
}

function insistOnDone(actions: readonly Action[], sections: readonly Section[], { name }: Host): void {
  for (const [index, action] of actions.entries()) {
    const section = sections[index];
    if (section?.status === 0) continue;
    if (action.kind === 'lock' && section?.status === lockedStatus) throw lockedError(name, section.output);
    if (!section) {
      throw new SlaError(
        'host-unreachable',
        `the connection to ${name} ended during "${commandOf(action)}"`,
        {
          remedy: `run "./sla doctor ${name}", then run the same command again: it goes on from there`,
        },
      );
    }
    throw new SlaError(
      'remote-command-failed',
      `"${commandOf(action)}" on ${name} ended with status ${section.status}; what comes after it was not done`,
      {
        cause: section.output.trim() || 'it printed nothing',
        remedy: `mend it with "./sla ssh ${name}", then run "./sla converge ${name}": it goes on from there`,
      },
    );
  }
}

const lockedError = (name: string, holder: string): SlaError =>
  new SlaError('lab-busy', `${name} is being changed by ${holder.trim() || 'another operator'}`, {
    remedy: `wait until that has ended, then run "./sla converge ${name}"`,
  });

function insistOnTaken(again: PhasePlan, { name }: Host): void {
  const [first] = again.steps;
  if (!first) return;
  const whats = first.changes.map(({ what }) => what).join('; ');
  throw new SlaError('remote-command-failed', `${name} is not as it was just made: "${first.step.name}"`, {
    cause: `still to do: ${whats}`,
    remedy: `look with "./sla ssh ${name}" what undoes it, then run "./sla converge ${name}"`,
  });
}

function narratePlan({ steps, handlers }: PhasePlan, { narrate, isDryRun }: ConvergeOptions): void {
  if (isDryRun) return;
  for (const { changes } of steps) for (const { what } of changes) narrate(what);
  for (const { what } of handlers) narrate(what);
}
