import type { Action } from './script.ts';
import type { Change, Facts, Handler, Phase, Step, UploadChange } from './types.ts';

/** What a step would do. */
export interface StepPlan {
  readonly step: Step;
  readonly changes: readonly Change[];
}

export interface PhasePlan {
  readonly phase: Phase;
  /** Only steps with changes. */
  readonly steps: readonly StepPlan[];
  /** In the order in which they run: those that these changes call for, and those owed by an earlier run. */
  readonly handlers: readonly Handler[];
}

/** One trip to a host. A batch with `confirm` is followed by a new session that runs it. */
export interface Batch {
  readonly actions: readonly Action[];
  readonly confirm?: readonly string[];
}

export function planPhase(phase: Phase, facts: Facts): PhasePlan {
  const steps = phase.steps
    .map((step) => ({ step, changes: step.diff(facts) }))
    .filter(({ changes }) => changes.length > 0);
  const called = steps.flatMap(({ step }) => step.handlers ?? []);
  const owed = phase.steps
    .flatMap(({ handlers }) => handlers ?? [])
    .filter(({ name }) => facts.owed.includes(name));
  return { phase, steps, handlers: inOrder([...called, ...owed]) };
}

/** Files that these plans bring to the host. */
export const uploadsOf = (plans: readonly PhasePlan[]): readonly UploadChange[] =>
  plans.flatMap(({ steps }) =>
    steps.flatMap(({ changes }) => changes.filter((change) => change.kind === 'upload')),
  );

export const isEmpty = ({ steps, handlers }: PhasePlan): boolean =>
  steps.length === 0 && handlers.length === 0;

/** The trips of a phase: one, unless a change must be confirmed before the next may follow. */
export function batchesOf({ steps, handlers }: PhasePlan): readonly Batch[] {
  const batches: Batch[] = [];
  let actions: Action[] = [];
  for (const { step, changes } of steps) {
    const owes = (step.handlers ?? []).map(({ name }) => name);
    for (const change of changes) {
      actions = appended(actions, change, owes);
      if (change.kind !== 'run' || change.confirm === undefined) continue;
      batches.push({ actions, confirm: change.confirm });
      actions = [];
    }
  }
  actions.push(...handlers.map((handler): Action => ({ kind: 'handle', handler })));
  return actions.length > 0 ? [...batches, { actions }] : batches;
}

/** Packages that follow each other are installed together: apt takes seconds for each of its runs. */
function appended(actions: readonly Action[], change: Change, owes: readonly string[]): Action[] {
  const last = actions.at(-1);
  if (change.kind !== 'install') {
    return [...actions, actionOf(change, owes)];
  }
  if (last?.kind !== 'install') return [...actions, { kind: 'install', packages: [change.package] }];
  return [...actions.slice(0, -1), { kind: 'install', packages: [...last.packages, change.package] }];
}

function actionOf(change: Exclude<Change, { readonly kind: 'install' }>, owes: readonly string[]): Action {
  if (change.kind === 'put') return { kind: 'put', put: change, owes };
  if (change.kind === 'upload') return { kind: 'place', upload: change, owes };
  return { kind: 'run', run: change.run, owes };
}

/** Each handler once, the early ones first. */
function inOrder(handlers: readonly Handler[]): readonly Handler[] {
  const once = [...new Map(handlers.map((handler) => [handler.name, handler])).values()];
  return [...once.filter(({ isEarly }) => isEarly), ...once.filter(({ isEarly }) => !isEarly)];
}
