import type { ObjectivesMet } from '../../backup/drill/objectives.ts';
import type { Drill } from '../../backup/types.ts';
import type { Outcome } from '../../core/command.ts';
import { type ErrorCode, errorCodes, runbookOf } from '../../core/errors.ts';

/** A drill for a person and for a script. A control is well only when it failed. */
export function drillOutcome(drill: Drill, seed: number): Outcome {
  const code = codeOf(drill);
  const { cut, isControl, damage, took, notes, objectives } = drill;
  return {
    result: { ...drill, seed, isAsItShould: code === undefined },
    text: [
      `${isControl ? 'negative control' : 'drill'} of the cut ${cut}:`,
      ...took.map(
        ({ stage, ms }) => `  ${stage.padEnd(width(took))}  ${(ms / 1000).toFixed(1).padStart(6)} s`,
      ),
      `  ${'together'.padEnd(width(took))}  ${seconds(sum(took)).padStart(6)} s`,
      ...(damage ? [`  damage (seed ${damage.seed}): ${damage.what}`] : []),
      ...describeObjectives(objectives).map((line) => `  ${line}`),
      ...notes.map((note) => `  ${note}`),
      ...describeVerdict(drill),
      ...(code === undefined ? [] : [`Follow ${runbookOf(code)}`]),
    ].join('\n'),
    exitStatus: code === undefined ? 0 : errorCodes[code].exit,
  };
}

const seconds = (ms: number): string => (ms / 1000).toFixed(1);
const sum = (took: Drill['took']): number => took.reduce((all, { ms }) => all + ms, 0);
const width = (took: Drill['took']): number =>
  Math.max('together'.length, ...took.map(({ stage }) => stage.length));

function codeOf({ isControl, verdict }: Drill): ErrorCode | undefined {
  if (verdict.kind === 'could not verify') return 'drill-unverified';
  if (isControl) return verdict.kind === 'proven' ? 'control-passed' : undefined;
  return verdict.kind === 'failed' ? 'drill-failed' : undefined;
}

const describeObjectives = ({ rto, rpo }: ObjectivesMet): readonly string[] => [
  ...(rto
    ? [`both stores answered after ${seconds(rto.tookMs)} s: ${met(rto)} RTO of ${seconds(rto.atMostMs)} s`]
    : []),
  ...(rpo ? [`the cut was ${seconds(rpo.tookMs)} s old: ${met(rpo)} RPO of ${seconds(rpo.atMostMs)} s`] : []),
];

const met = ({ isMet }: { readonly isMet: boolean }): string => (isMet ? 'within the' : 'LONGER than the');

function describeVerdict({ verdict, isControl }: Drill): readonly string[] {
  switch (verdict.kind) {
    case 'proven':
      return isControl
        ? ['PROVEN, AND MUST NOT BE: the drill did not see the damage; nothing that it said before counts']
        : ['PROVEN: both stores came back as they were'];
    case 'failed':
      return [
        isControl
          ? 'FAILED, as it must: the damage was found'
          : 'FAILED: this cut does not come back as it was',
        ...verdict.reasons.map((reason) => `  ${reason}`),
      ];
    case 'could not verify':
      return ['COULD NOT VERIFY: nothing is known of this cut', `  ${verdict.reason}`];
  }
}
