import type { Argv } from '../../core/shell.ts';
import { declaredPackage } from '../declarations.ts';
import type { Facts, Step } from '../types.ts';
import { active, enabled } from './unit.ts';

const virtualization: Argv = ['systemd-detect-virt', '--container'];
const tracking: Argv = ['sh', '-c', 'chronyc -n -c tracking || true'];
const why = 'incidents are told by the clock, and every host must tell the same time';
const maxOffsetMs = 100;

/** A container has the clock of its machine and may not set it. */
const hasOwnClock = (facts: Facts): boolean => facts.command(virtualization).exitCode !== 0;

const whereOwnClock = (step: Step): Step => ({
  ...step,
  asks: [...step.asks, { kind: 'command', argv: virtualization }],
  diff: (facts) => (hasOwnClock(facts) ? step.diff(facts) : []),
});

export const clockPackage: Step = whereOwnClock({
  name: 'package chrony installed',
  why,
  asks: [{ kind: 'package', name: 'chrony' }],
  declares: [declaredPackage('chrony')],
  diff: (facts) =>
    facts.package('chrony') === undefined
      ? [{ kind: 'install', what: 'install chrony', package: 'chrony' }]
      : [],
});

export const clockSteps: readonly Step[] = [
  whereOwnClock(enabled('chrony.service', why)),
  whereOwnClock(active('chrony.service', why)),
  whereOwnClock({
    name: `clock less than ${maxOffsetMs} ms off`,
    why,
    asks: [{ kind: 'command', argv: tracking }],
    diff: (facts) => {
      const offset = offsetMs(facts.command(tracking).stdout);
      if (offset === undefined || offset < maxOffsetMs) return [];
      return [
        { kind: 'run', what: `step the clock by ${Math.round(offset)} ms`, run: ['chronyc', 'makestep'] },
      ];
    },
  }),
];

/** Undefined while no server has answered yet. Source: chronyc(1), "tracking", CSV with `-c`: the fifth field. */
export function offsetMs(csv: string): number | undefined {
  const fields = csv.trim().split(',');
  const [referenceId, , , , seconds] = fields;
  if (fields.length < 5 || referenceId === '00000000') return undefined;
  return Math.abs(Number(seconds)) * 1000;
}
