/** One entry of the Redis list `votes`, as the vote page writes it. */
export interface Vote {
  readonly voter_id: string;
  readonly vote: string;
}

export interface Queue {
  /** Waits for the oldest entry and moves it aside: it stays in Redis until it is forgotten. */
  take(): Promise<string | null>;
  /** Entries moved aside by a worker that ended before it was done with them. */
  left(): Promise<readonly string[]>;
  forget(entry: string): Promise<void>;
  /** Keeps an entry that is no vote where a person finds it. */
  reject(entry: string): Promise<void>;
}

export interface Table {
  /** Writing the same vote twice is the same as writing it once. */
  save(vote: Vote): Promise<void>;
}

export interface World {
  readonly queue: Queue;
  readonly table: Table;
  log(line: string): void;
  /** Before the next try. */
  wait(): Promise<void>;
}

/** Counts what is left aside, then what comes, until `isOver`. No failure ends it. */
export async function work(world: World, isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    const left = await untilDone(world, isOver, () => world.queue.left());
    for (const entry of left ?? []) await count(entry, world, isOver);
    await countWhatComes(world, isOver);
  }
}

/** Until an entry cannot be taken: Redis may have moved it aside before the connection broke. */
async function countWhatComes(world: World, isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    try {
      const entry = await world.queue.take();
      if (entry !== null) await count(entry, world, isOver);
    } catch (error) {
      world.log(messageOf(error));
      await world.wait();
      return;
    }
  }
}

/** The entry leaves Redis only once PostgreSQL has confirmed the vote. */
async function count(entry: string, world: World, isOver: () => boolean): Promise<void> {
  const vote = voteIn(entry);
  await untilDone(world, isOver, async () => {
    if (!vote) {
      world.log(`not a vote, kept in votes:rejected: ${entry}`);
      return world.queue.reject(entry);
    }
    await world.table.save(vote);
    await world.queue.forget(entry);
  });
}

/** Tries again as often as it takes; undefined when it is over before. */
async function untilDone<T>(
  world: World,
  isOver: () => boolean,
  attempt: () => Promise<T>,
): Promise<T | undefined> {
  while (!isOver()) {
    try {
      return await attempt();
    } catch (error) {
      world.log(messageOf(error));
      await world.wait();
    }
  }
  return undefined;
}

function voteIn(entry: string): Vote | undefined {
  try {
    const { voter_id, vote } = JSON.parse(entry) as Partial<Vote>;
    return typeof voter_id === 'string' && typeof vote === 'string' ? { voter_id, vote } : undefined;
  } catch {
    return undefined;
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
