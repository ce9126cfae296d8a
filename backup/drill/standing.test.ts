import { describe, expect, test } from 'vitest';
import type { Cut, Drill, DrillVerdict } from '../types.ts';
import { measureObjectives } from './objectives.ts';
import { chooseCut, isAlarm, lastProven, standingOf } from './standing.ts';

const proven: DrillVerdict = { kind: 'proven' };
const failed: DrillVerdict = { kind: 'failed', reasons: ['x'] };
const open: DrillVerdict = { kind: 'could not verify', reason: 'x' };

const drill = (cut: string, verdict: DrillVerdict, isControl = false): Drill => ({
  cut,
  startedAtMs: 1,
  verdict,
  isControl,
  took: [],
  objectives: {},
  notes: [],
});

describe('what drills have proven', () => {
  test.each([
    { drills: [], last: undefined },
    { drills: [drill('a', proven), drill('b', proven)], last: 'b' },
    { drills: [drill('a', proven), drill('b', failed)], last: 'a' },
    { drills: [drill('a', proven), drill('b', open)], last: 'a' },
    { drills: [drill('a', proven), drill('b', proven, true)], last: 'a' },
    { drills: [drill('a', proven), drill('b', proven), drill('b', failed)], last: 'a' },
    { drills: [drill('b', proven), drill('b', open)], last: 'b' },
    { drills: [drill('a', failed)], last: undefined },
  ])('$drills.length drills: $last', ({ drills, last }) => {
    expect(lastProven(drills)).toBe(last);
  });

  test('a control says nothing of a cut', () => {
    expect(
      standingOf('a', [drill('a', failed), drill('a', proven), drill('a', failed, true)])?.verdict,
    ).toEqual(proven);
  });

  test('somebody must know of a copy that failed, and of a control that did not', () => {
    expect([proven, failed, open].map((verdict) => isAlarm({ isControl: false, verdict }))).toEqual([
      false,
      true,
      false,
    ]);
    expect([proven, failed, open].map((verdict) => isAlarm({ isControl: true, verdict }))).toEqual([
      true,
      false,
      false,
    ]);
  });
});

describe('which cut is drilled', () => {
  const cuts = ['a', 'b', 'c', 'd'].map((label, atMs) => ({ label, atMs }) as Cut);

  test('the newest', () => {
    expect(chooseCut(cuts)?.label).toBe('d');
    expect(chooseCut([])).toBeUndefined();
  });

  test('an older one, as the seed says', () => {
    const labels = Array.from({ length: 50 }, (_, seed) => chooseCut(cuts, seed)?.label);
    expect(new Set(labels)).toEqual(new Set(['a', 'b', 'c']));
    expect(labels).toEqual(Array.from({ length: 50 }, (_, seed) => chooseCut(cuts, seed)?.label));
    expect(chooseCut(cuts.slice(0, 1), 1)).toBeUndefined();
  });
});

describe('objectives', () => {
  const objectives = { rtoMs: 1000, rpoMs: 2000 };

  test('are met up to their limit', () => {
    expect(measureObjectives(objectives, { restoreMs: 1000, cutAgeMs: 2001 })).toEqual({
      rto: { tookMs: 1000, atMostMs: 1000, isMet: true },
      rpo: { tookMs: 2001, atMostMs: 2000, isMet: false },
    });
  });

  test('say nothing of what was not measured, and clocks may differ', () => {
    expect(measureObjectives(objectives, { restoreMs: undefined, cutAgeMs: -5 })).toEqual({
      rpo: { tookMs: 0, atMostMs: 2000, isMet: true },
    });
  });
});
