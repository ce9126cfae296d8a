import { randomFrom } from '../../core/random.ts';
import type { Cut, Drill } from '../types.ts';

type Judged = Pick<Drill, 'cut' | 'startedAtMs' | 'verdict' | 'isControl'>;

/** Drills of the copy itself; what a negative control finds is of the drill, not of the copy. */
const real = (drills: readonly Judged[]): readonly Judged[] => drills.filter(({ isControl }) => !isControl);

/** What the last drill of a cut found; undefined when there was none. Of `drills` the oldest stands first. */
export const standingOf = (label: string, drills: readonly Judged[]): Judged | undefined =>
  real(drills).findLast(({ cut }) => cut === label);

/** Label of the cut that a drill proved last, and whose last drill it was: a later one may have found damage. */
export const lastProven = (drills: readonly Judged[]): string | undefined =>
  real(drills).findLast(
    (drill) => drill.verdict.kind === 'proven' && standingOf(drill.cut, drills)?.verdict.kind !== 'failed',
  )?.cut;

/**
 * Whether somebody must know at once: a copy that failed, or a control that did not. A drill that proves a damaged
 * copy proves nothing, whatever it said before.
 */
export const isAlarm = ({ isControl, verdict }: Pick<Drill, 'isControl' | 'verdict'>): boolean =>
  isControl ? verdict.kind === 'proven' : verdict.kind === 'failed';

/** The newest cut, or one of the older ones as the seed says. Cuts stand oldest first; undefined: there is none. */
export function chooseCut(cuts: readonly Cut[], oldBySeed?: number): Cut | undefined {
  if (oldBySeed === undefined) return cuts.at(-1);
  const older = cuts.slice(0, -1);
  return older.length === 0 ? undefined : randomFrom(oldBySeed).pick(older);
}
