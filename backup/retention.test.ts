import { expect, test } from 'vitest';
import { type KnownCut, planRetention, type RetentionFacts } from './retention.ts';
import type { Backup } from './types.ts';

const hour = 3_600_000;
const start = Date.UTC(2026, 10, 2);
const zone = 'Europe/Paris';

const backup = (
  label: string,
  atHours: number,
  needs: readonly string[] = [],
  hasDamage = false,
): Backup => ({
  label,
  kind: needs.length > 0 ? 'incremental' : 'full',
  needs,
  startedAtMs: start + atHours * hour - 1000,
  endedAtMs: start + atHours * hour,
  clusterBytes: 1,
  addedBytes: 1,
  startLsn: '0/1',
  stopLsn: '0/2',
  startSegment: '000000010000000000000001',
  stopSegment: '000000010000000000000001',
  hasDamage,
});

const cut = (label: string, atHours: number, base: string): KnownCut => ({
  label,
  atMs: start + atHours * hour,
  postgres: { backup: base },
});

const none = { recent: 0, daily: 0, weekly: 0 };

const plan = (facts: Partial<RetentionFacts>) =>
  planRetention({
    policy: { backups: none, cuts: none },
    backups: [],
    cuts: [],
    proven: undefined,
    zone,
    ...facts,
  });

test('the recent ones are kept, and the last of each day and week', () => {
  const backups = Array.from({ length: 21 * 4 }, (_, index) => backup(`b${index}`, index * 6 + 3));
  const policy = { backups: { recent: 3, daily: 3, weekly: 3 }, cuts: none };
  const removed = new Set(plan({ backups, policy }).backups);
  const kept = backups.filter(({ label }) => !removed.has(label)).map(({ label }) => label);
  expect(kept).toEqual(['b27', 'b55', 'b75', 'b79', 'b81', 'b82', 'b83']);
});

test('days end at midnight of the zone', () => {
  // 23:30 in Paris, and half past midnight.
  const backups = [backup('evening', 22.5), backup('night', 23.5), backup('noon', 36)];
  const policy = { backups: { ...none, daily: 2 }, cuts: none };
  expect(plan({ backups, policy }).backups).toEqual(['night']);
});

test('what a backup needs stays with it, and goes after it', () => {
  const chain = [backup('F', 1), backup('D', 2, ['F']), backup('I', 3, ['F', 'D'])];
  expect(plan({ backups: chain }).backups).toEqual([]);
  expect(plan({ backups: [...chain, backup('G', 4)] }).backups).toEqual(['I', 'D', 'F']);
});

test('the backup of a cut that is kept stays, and so does the cut that a drill proved', () => {
  const backups = [backup('F', 1), backup('G', 10), backup('H', 20)];
  const cuts = [cut('old', 2, 'F'), cut('middle', 11, 'G'), cut('new', 21, 'H')];
  expect(plan({ backups, cuts })).toEqual({ cuts: ['old', 'middle'], backups: ['G', 'F'] });
  expect(plan({ backups, cuts, proven: 'old' })).toEqual({ cuts: ['middle'], backups: ['G'] });
});

test('a newest backup that is damaged does not make the last good one go', () => {
  expect(plan({ backups: [backup('F', 1), backup('G', 2, [], true)] }).backups).toEqual([]);
});

/** Mulberry32: the same worlds in every run. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

function randomWorld(seed: number): RetentionFacts {
  const random = randomFrom(seed);
  const rules = () => ({ recent: random(4), daily: random(4), weekly: random(4) });
  const backups: Backup[] = [];
  for (let index = 0; index < random(30); index += 1) {
    const base = backups[random(backups.length + 3)];
    const needs = base ? [...base.needs, base.label] : [];
    backups.push(backup(`b${index}`, index * 5 + random(5), needs, random(5) === 0));
  }
  const cuts = Array.from({ length: random(20) }, (_, index) =>
    // Its backup may be gone.
    cut(`c${index}`, index * 7 + random(7), backups[random(backups.length + 1)]?.label ?? 'gone'),
  );
  return {
    policy: { backups: rules(), cuts: rules() },
    backups,
    cuts,
    proven: cuts[random(cuts.length + 1)]?.label,
    zone,
  };
}

test('in 3000 worlds nothing goes that is proven, newest or needed, and nothing before what needs it', () => {
  for (let seed = 0; seed < 3000; seed += 1) {
    const world = randomWorld(seed);
    const removed = planRetention(world);
    const gone = new Set(removed.backups);
    const stays = world.backups.filter(({ label }) => !gone.has(label));
    const cuts = world.cuts.filter(({ label }) => !removed.cuts.includes(label));
    const because = `seed ${seed}`;
    const newest = world.backups.at(-1);
    if (newest) expect(gone.has(newest.label), because).toBe(false);
    const good = world.backups.findLast(({ hasDamage }) => !hasDamage);
    if (good) expect(gone.has(good.label), because).toBe(false);
    for (const { needs } of stays) for (const label of needs) expect(gone.has(label), because).toBe(false);
    for (const { postgres } of cuts) expect(gone.has(postgres.backup), because).toBe(false);
    if (world.proven !== undefined)
      expect(
        cuts.map(({ label }) => label),
        because,
      ).toContain(world.proven);
    const last = world.cuts.toSorted((one, other) => one.atMs - other.atMs).at(-1);
    if (last) expect(cuts, because).toContain(last);
    for (const [index, label] of removed.backups.entries())
      for (const later of removed.backups.slice(index + 1))
        expect(world.backups.find((one) => one.label === later)?.needs, because).not.toContain(label);
    const again = planRetention({ ...world, backups: stays, cuts });
    expect(again, because).toEqual({ cuts: [], backups: [] });
  }
});
