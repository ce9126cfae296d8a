import { describe, expect, it } from 'vitest';
import { questionsOf } from './asks.ts';
import { factsFrom } from './facts.ts';
import { batchesOf, isEmpty, planPhase } from './plan.ts';
import type { Change, Handler, Step } from './types.ts';

const section = (output = '') => ({ status: 0, output });
const factsOwing = (owed: string) =>
  factsFrom('db', questionsOf([]), [section(owed), section(), section(), section(), section(), section()]);

const handler = (name: string, isEarly = false): Handler => ({
  name,
  what: name,
  run: ['do', name],
  isEarly,
});
const step = (name: string, changes: readonly Change[], handlers: readonly Handler[] = []): Step => ({
  name,
  why: 'a test',
  asks: [],
  diff: () => changes,
  handlers,
});
const run = (what: string): Change => ({ kind: 'run', what, run: [what] });
const install = (name: string): Change => ({ kind: 'install', what: name, package: name });
const planOf = (steps: readonly Step[], owed = '') => planPhase({ name: 'test', steps }, factsOwing(owed));

describe('a plan', () => {
  it('is empty when every step is', () => {
    expect(isEmpty(planOf([step('a', [], [handler('h')])]))).toBe(true);
  });

  it('runs a handler once, after all changes, and the early ones first', () => {
    const late = handler('restart');
    const early = handler('reload-units', true);
    const plan = planOf([step('a', [run('x')], [late]), step('b', [run('y')], [late, early])]);
    expect(plan.handlers).toEqual([early, late]);
    expect(batchesOf(plan)).toEqual([
      {
        actions: [
          { kind: 'run', run: ['x'], owes: ['restart'] },
          { kind: 'run', run: ['y'], owes: ['restart', 'reload-units'] },
          { kind: 'handle', handler: early },
          { kind: 'handle', handler: late },
        ],
      },
    ]);
  });

  it('runs a handler that an interrupted run owed, though nothing else is to do', () => {
    const plan = planOf([step('a', [], [handler('restart')])], 'restart\nof-another-phase');
    expect(plan.handlers.map(({ name }) => name)).toEqual(['restart']);
    expect(isEmpty(plan)).toBe(false);
  });

  it('installs packages that follow each other together', () => {
    const [batch] = batchesOf(
      planOf([step('a', [install('a')]), step('b', [install('b')]), step('c', [run('x')])]),
    );
    expect(batch?.actions[0]).toEqual({ kind: 'install', packages: ['a', 'b'] });
  });

  it('waits for a confirmation before it goes on', () => {
    const guarded: Change = { kind: 'run', what: 'close', run: ['close'], confirm: ['keep'] };
    const batches = batchesOf(planOf([step('a', [guarded]), step('b', [run('x')])]));
    expect(batches.map(({ confirm }) => confirm)).toEqual([['keep'], undefined]);
  });
});
