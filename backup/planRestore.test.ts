import { expect, test } from 'vitest';
import { type PostgresPlan, planPostgres, type Refusal, type RestoreFacts } from './planRestore.ts';
import type { Sighting } from './timelines.ts';
import type { Backup, Cut, Fork, RestoreTarget, SegmentRun } from './types.ts';

const minute = 60_000;
const start = Date.UTC(2026, 10, 21, 3);
const at = (minutes: number): number => start + minutes * minute;
const segment = (number: number, timeline = 1): string =>
  `${String(timeline).padStart(8, '0')}00000000000000${number.toString(16).toUpperCase().padStart(2, '0')}`;
const lsn = (number: number, offset = 0x28): string =>
  `0/${(number * 2 ** 24 + offset).toString(16).toUpperCase()}`;

/** A backup that ran for the minute before `minutes`, in one segment. */
const backup = (label: string, minutes: number, number: number, changes: Partial<Backup> = {}): Backup => ({
  label,
  kind: 'full',
  needs: [],
  startedAtMs: at(minutes - 1),
  endedAtMs: at(minutes),
  clusterBytes: 1,
  addedBytes: 1,
  startLsn: lsn(number),
  stopLsn: lsn(number, 0x158),
  startSegment: segment(number),
  stopSegment: segment(number),
  hasDamage: false,
  ...changes,
});

const run = (first: number, last: number, untilMinutes: number, timeline = 1): SegmentRun => ({
  first: segment(first, timeline),
  last: segment(last, timeline),
  untilMs: at(untilMinutes),
});

const cutAt = (lsnText: string, timeline = 1): RestoreTarget => ({
  kind: 'cut',
  cut: { postgres: { restorePoint: 'sla_cut', lsn: lsnText, timeline } } as Cut,
});
const latest: RestoreTarget = { kind: 'latest' };
const instant = (minutes: number): RestoreTarget => ({ kind: 'instant', atMs: at(minutes) });

interface World {
  readonly backups?: readonly Backup[];
  readonly archive?: readonly SegmentRun[];
  readonly forks?: readonly Fork[];
  readonly sightings?: readonly Sighting[];
}

const plan = (target: RestoreTarget, world: World = {}): PostgresPlan | Refusal => {
  const facts: RestoreFacts = {
    target,
    content: {
      backups: world.backups ?? [full],
      archive: world.archive ?? [whole],
      forks: world.forks ?? [],
    },
    sightings: world.sightings ?? [],
    nowMs: at(60),
  };
  return planPostgres(facts);
};

const full = backup('F', 10, 4);
const whole = run(2, 40, 60);
// Restored at minute 40 to what was in segment 20: from there on timeline 2.
const fork: Fork = { timeline: 2, parent: 1, lsn: lsn(20, 0x5000) };
const forked: World = {
  archive: [run(2, 30, 39), run(20, 35, 60, 2)],
  forks: [fork],
  sightings: [{ timeline: 2, atMs: at(40) }],
};
const gap: World = { archive: [run(2, 20, 30), run(22, 40, 60)] };
const again = backup('G', 35, 25);

const reached: readonly (readonly [string, RestoreTarget, World, Partial<PostgresPlan>])[] = [
  [
    'the end of the WAL',
    latest,
    {},
    { backup: 'F', timeline: 1, wal: { first: segment(4), last: segment(40) } },
  ],
  ['an instant', instant(30), {}, { backup: 'F', timeline: 1, until: { kind: 'instant', atMs: at(30) } }],
  ['the instant at which the backup ended', instant(10), {}, { backup: 'F' }],
  ['now', instant(60), {}, { backup: 'F' }],
  [
    'a cut, with the segment that its position ends in',
    cutAt(lsn(12)),
    {},
    { wal: { first: segment(4), last: segment(12) } },
  ],
  [
    'a cut at the first byte of a segment, which it does not need',
    cutAt(lsn(12, 0)),
    {},
    { wal: { first: segment(4), last: segment(11) } },
  ],
  ['from the newest backup before it', instant(50), { backups: [full, again] }, { backup: 'G', notes: [] }],
  [
    'from the older one when the newest ended later',
    instant(30),
    { backups: [full, again] },
    { backup: 'F' },
  ],
  [
    'from the older one when the newest is damaged, and says so',
    instant(50),
    { backups: [full, { ...again, hasDamage: true }] },
    { backup: 'F', notes: ['the backup G has damaged pages'] },
  ],
  ['before a gap', instant(30), gap, { backup: 'F' }],
  [
    'behind a gap from a backup that was made there',
    instant(50),
    { ...gap, backups: [full, again] },
    { backup: 'G' },
  ],
  ['on the new timeline', latest, forked, { timeline: 2, wal: { first: segment(4), last: segment(35, 2) } }],
  ['an instant after the restore, over the fork', instant(45), forked, { timeline: 2, backup: 'F' }],
  ['an instant before the restore, on the timeline that was left', instant(35), forked, { timeline: 1 }],
  [
    'a cut on the timeline that was left',
    cutAt(lsn(28)),
    forked,
    { timeline: 1, wal: { first: segment(4), last: segment(28) } },
  ],
  [
    'a cut on the new timeline',
    cutAt(lsn(30), 2),
    forked,
    { timeline: 2, wal: { first: segment(4), last: segment(30, 2) } },
  ],
  [
    'on the new timeline past a backup of the part that was left',
    latest,
    { ...forked, backups: [full, again] },
    { backup: 'F', timeline: 2, notes: ['the backup G is not on the way to timeline 2'] },
  ],
];

test.each(reached)('reached: %s', (_, target, world, expected) => {
  expect(plan(target, world)).toMatchObject({ kind: 'plan', ...expected });
});

const span = (from: number, to: number) => ({ fromMs: at(from), toMs: at(to) });

const refusals: readonly (readonly [string, RestoreTarget, World, RegExp, Refusal['reachable']])[] = [
  ['no backup', latest, { backups: [] }, /there is no backup/, []],
  ['the future', instant(61), {}, /T04:01.* is in the future: it is .*T04:00/, [span(10, 60)]],
  ['before the first backup', instant(9), {}, /is before the end of the first backup/, [span(10, 60)]],
  [
    'a cut before the first backup',
    cutAt(lsn(4, 0x100)),
    {},
    /restore point sla_cut at 0\/4000100 is before/,
    [span(10, 60)],
  ],
  [
    'a cut during a backup',
    cutAt(lsn(4, 0x157)),
    {},
    /is before the end of the first backup/,
    [span(10, 60)],
  ],
  ['in a gap', instant(31), gap, /segment 000000010000000000000015 is missing/, [span(10, 30)]],
  [
    'in a gap, with a backup behind it',
    instant(31),
    { ...gap, backups: [full, again] },
    /segment 000000010000000000000015 is missing/,
    [span(10, 30), span(35, 60)],
  ],
  ['behind a gap', latest, gap, /segment 000000010000000000000015 is missing/, [span(10, 30)]],
  ['a cut behind a gap', cutAt(lsn(30)), gap, /segment 000000010000000000000015 is missing/, [span(10, 30)]],
  [
    'after the last WAL',
    instant(58),
    { archive: [run(2, 20, 50)] },
    /archived WAL ends with 000000010000000000000014/,
    [span(10, 50)],
  ],
  [
    'a backup without its own WAL',
    instant(30),
    { archive: [run(5, 40, 60)] },
    /segment 000000010000000000000004 is missing, without which the backup F is not consistent/,
    [],
  ],
  [
    'only a damaged backup',
    latest,
    { backups: [{ ...full, hasDamage: true }] },
    /backup F has damaged pages/,
    [],
  ],
  [
    'an instant that only the timeline that was left had, without its WAL',
    instant(38),
    { ...forked, archive: [run(2, 25, 36), run(20, 35, 60, 2)] },
    /archived WAL ends with 000000010000000000000019/,
    [span(10, 36), span(40, 60)],
  ],
];

test.each(refusals)('refused: %s', (_, target, world, reason, reachable) => {
  const outcome = plan(target, world);
  expect(outcome).toMatchObject({ kind: 'refused', reachable });
  expect(outcome.kind === 'refused' && outcome.reason).toMatch(reason);
});

test('both ends of what is said to be reachable are planned', () => {
  for (const world of [{}, gap, forked, { ...gap, backups: [full, again] }]) {
    const refusal = plan(instant(61), world);
    if (refusal.kind === 'plan') throw new Error('a plan for the future');
    expect(refusal.reachable.length).toBeGreaterThan(0);
    for (const atMs of refusal.reachable.flatMap(({ fromMs, toMs }) => [fromMs, toMs]))
      expect(plan({ kind: 'instant', atMs }, world).kind).toBe('plan');
  }
});
