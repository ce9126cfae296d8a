import { describe, expect, test } from 'vitest';
import { randomFrom } from '../../core/random.ts';
import { type AcceptedVote, lastWaiting, planReconcile } from './planReconcile.ts';

/** A world in which votes are accepted, taken, dropped and lost; `truth` is every vote, in its order. */
function randomWorld(seed: number, { hasGaps }: { readonly hasGaps: boolean }) {
  const { below, pick } = randomFrom(seed);
  const truth: { readonly voter: string; readonly vote: string }[] = [];
  const journal: AcceptedVote[] = [];
  // By sequence less one: which of `truth` it is.
  const indexes: number[] = [];
  const write = (index: number) => {
    indexes.push(index);
    journal.push({ ...found(truth, index), sequence: journal.length + 1, atMs: null });
  };
  const rows = new Map<string, { readonly vote: string; readonly index: number }>();
  let queue: number[] = [];
  let [isBlind, gapAfter] = [false, 0];
  for (let step = 0; step < 5 + below(60); step += 1) {
    const event = below(12);
    if (event < 6) {
      const vote = { voter: `v${below(5)}`, vote: pick(['a', 'b', 'c']) };
      queue.push(truth.push(vote) - 1);
      if (!isBlind) write(truth.length - 1);
    } else if (event < 10) {
      const index = queue.shift();
      const vote = index === undefined ? undefined : truth[index];
      const isDropped = below(4) === 0;
      if (vote && index !== undefined && !isDropped) rows.set(vote.voter, { vote: vote.vote, index });
    } else if (event === 10 && below(3) === 0) queue = [];
    else if (hasGaps && below(2) === 0) {
      // Blind from here, or seeing again: then what waits is found, and nothing else.
      isBlind = !isBlind;
      if (isBlind) gapAfter = journal.length;
      else for (const index of queue) write(index);
    }
  }
  if (isBlind) gapAfter = journal.length;
  return { truth, journal, indexes, rows, queue, gapAfter };
}

const found = <T>(list: readonly T[], index: number): T => {
  const item = list[index];
  if (item === undefined) throw new Error('no such vote');
  return item;
};

function reconciled(world: ReturnType<typeof randomWorld>) {
  const entries = world.queue.map((index) => {
    const { voter, vote } = found(world.truth, index);
    return JSON.stringify({ voter_id: voter, vote });
  });
  const held = new Map([...world.rows].map(([voter, { vote }]) => [voter, vote]));
  const plan = planReconcile({
    accepted: world.journal,
    rows: held,
    waiting: lastWaiting(entries),
    gapAfter: world.gapAfter,
    freshFromMs: Number.POSITIVE_INFINITY,
  });
  const after = new Map(held);
  for (const { voter, vote } of plan.writes) after.set(voter, vote);
  return { plan, after };
}

describe('whatever happened to votes', () => {
  test('the last accepted vote of every voter is in the table, or on its way to it', () => {
    for (let seed = 0; seed < 3000; seed += 1) {
      const world = randomWorld(seed, { hasGaps: false });
      const { after } = reconciled(world);
      for (const index of world.queue) {
        const { voter, vote } = found(world.truth, index);
        after.set(voter, vote);
      }
      // Once what waits is counted, the second time is the last.
      const again = planReconcile({
        accepted: world.journal,
        rows: after,
        waiting: new Map(),
        gapAfter: 0,
        freshFromMs: Number.POSITIVE_INFINITY,
      });
      for (const { voter, vote } of again.writes) after.set(voter, vote);
      expect(after, `seed ${seed}`).toEqual(new Map(world.truth.map(({ voter, vote }) => [voter, vote])));
    }
  });

  test('a second time writes nothing', () => {
    for (let seed = 0; seed < 500; seed += 1) {
      const world = randomWorld(seed, { hasGaps: true });
      const { after } = reconciled(world);
      const rows = new Map([...after].map(([voter, vote]) => [voter, { vote, index: 0 }]));
      expect(reconciled({ ...world, rows }).plan.writes, `seed ${seed}`).toEqual([]);
    }
  });

  test('no row that a newer vote has written is written over, with gaps in the journal too', () => {
    for (let seed = 0; seed < 3000; seed += 1) {
      const world = randomWorld(seed, { hasGaps: true });
      for (const { voter, sequence, was } of reconciled(world).plan.writes) {
        const row = world.rows.get(voter);
        if (was === null || !row) continue;
        const written = found(world.indexes, sequence - 1);
        expect(row.index, `seed ${seed}, vote ${sequence} of ${voter}`).toBeLessThan(written);
        expect(sequence).toBeGreaterThan(world.gapAfter);
      }
    }
  });
});

const facts = {
  rows: new Map<string, string>(),
  waiting: new Map<string, string>(),
  gapAfter: 0,
  freshFromMs: 5000,
};
const one: AcceptedVote = { voter: 'x', vote: 'a', sequence: 7, atMs: 1000 };

test.each([
  ['an absent vote is written', {}, 'writes'],
  ['another vote is replaced', { rows: new Map([['x', 'b']]) }, 'writes'],
  ['one that waits is left to the worker', { waiting: new Map([['x', 'a']]) }, 'waiting'],
  ['an older one in the queue will stand for a while', { waiting: new Map([['x', 'b']]) }, 'overtaken'],
  ['one accepted just now may be in the hand of the worker', { freshFromMs: 1000 }, 'fresh'],
  [
    'another vote may be newer, with a gap behind this one',
    { rows: new Map([['x', 'b']]), gapAfter: 7 },
    'doubtful',
  ],
  ['an absent one is written across a gap', { gapAfter: 7 }, 'writes'],
] as const)('%s', (_, changed, kind) => {
  const plan = planReconcile({ ...facts, ...changed, accepted: [one] });
  const filled = Object.entries(plan).flatMap(([name, votes]) => (votes.length > 0 ? [name] : []));
  expect(filled).toEqual([kind]);
});
