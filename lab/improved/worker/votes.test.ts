import { expect, it } from 'vitest';
import { type Vote, type World, work } from './votes.ts';

const entryOf = (voter_id: string, vote = 'a') => JSON.stringify({ voter_id, vote });

/** Redis and PostgreSQL as lists; `failures` counts down the saves that fail. */
function worldOf(waiting: readonly string[], { left = [] as readonly string[], failures = 0 } = {}) {
  const queue = [...waiting];
  const aside = [...left];
  const rejected: string[] = [];
  const saved: Vote[] = [];
  let failuresLeft = failures;
  const remove = (entry: string) => void aside.splice(aside.indexOf(entry), 1);
  const world: World = {
    queue: {
      take: async () => {
        const entry = queue.shift();
        if (entry !== undefined) aside.push(entry);
        return entry ?? null;
      },
      left: async () => [...aside],
      forget: async (entry) => remove(entry),
      reject: async (entry) => {
        remove(entry);
        rejected.push(entry);
      },
    },
    table: {
      save: async (vote) => {
        failuresLeft -= 1;
        if (failuresLeft >= 0) throw new Error('terminating connection due to administrator command');
        saved.push(vote);
      },
    },
    log: () => undefined,
    wait: async () => undefined,
  };
  return { world, saved, aside, rejected, isIdle: () => queue.length === 0 && aside.length === 0 };
}

it('a vote taken while PostgreSQL is down is counted when it is back', async () => {
  const { world, saved, aside, isIdle } = worldOf([entryOf('x'), entryOf('y')], { failures: 3 });
  await work(world, isIdle);
  expect(saved.map(({ voter_id }) => voter_id)).toEqual(['x', 'y']);
  expect(aside).toEqual([]);
});

it('a vote that a killed worker had taken is counted by the next one, first', async () => {
  const { world, saved, isIdle } = worldOf([entryOf('new')], { left: [entryOf('old')] });
  await work(world, isIdle);
  expect(saved.map(({ voter_id }) => voter_id)).toEqual(['old', 'new']);
});

it('a vote that Redis moved aside while the connection broke is counted', async () => {
  const { world, saved, aside, isIdle } = worldOf([entryOf('x')]);
  let isBroken = true;
  const take = async () => {
    const entry = await world.queue.take();
    if (!isBroken) return entry;
    isBroken = false;
    throw new Error('Connection is closed.');
  };
  await work({ ...world, queue: { ...world.queue, take } }, isIdle);
  expect([saved.length, aside]).toEqual([1, []]);
});

it('a worker that must end leaves its vote in Redis', async () => {
  const { world, saved, aside } = worldOf([entryOf('x')], { failures: Number.POSITIVE_INFINITY });
  let rounds = 0;
  await work(world, () => {
    rounds += 1;
    return rounds > 10;
  });
  expect([saved, aside]).toEqual([[], [entryOf('x')]]);
});

it.each(['not json', '{"voter_id":1}', 'null'])(
  '%s is set aside and does not stop the others',
  async (entry) => {
    const { world, saved, rejected, isIdle } = worldOf([entry, entryOf('x')]);
    await work(world, isIdle);
    expect([saved.length, rejected]).toEqual([1, [entry]]);
  },
);
