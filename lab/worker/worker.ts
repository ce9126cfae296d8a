/** One entry of the Redis list `votes`, as the vote page writes it. */
export interface Vote {
  readonly voter_id: string;
  readonly vote: string;
}

export interface Queue {
  readonly isConnected: boolean;
  /** Takes the oldest entry off the list: from here on it exists in this process only. */
  pop(): Promise<string | null>;
}

export interface Table {
  readonly isOpen: boolean;
  save(vote: Vote): Promise<void>;
  keepAlive(): Promise<void>;
}

export interface World {
  /** Both wait until the other side is there. */
  openQueue(): Promise<Queue>;
  openTable(): Promise<Table>;
  log(line: string): void;
}

export interface Connections {
  readonly queue: Queue;
  readonly table: Table;
  /** The first table connection: the keep-alive query stays bound to it after a reconnect. */
  readonly kept: Table;
}

export type Decision =
  | { readonly kind: 'keep-alive' }
  | { readonly kind: 'save'; readonly vote: Vote }
  /** The vote is lost: it has left the queue, and nothing holds it while the connection is opened. */
  | { readonly kind: 'drop'; readonly vote: Vote };

/** What to do with what was popped. */
export function decide(popped: string | null, table: Pick<Table, 'isOpen'>): Decision {
  if (popped === null) return { kind: 'keep-alive' };
  const { voter_id, vote } = JSON.parse(popped) as Vote;
  return { kind: table.isOpen ? 'save' : 'drop', vote: { voter_id, vote } };
}

/** One round: at most one vote. Whatever fails here ends the process. */
export async function tick(connections: Connections, world: World): Promise<Connections> {
  const queue = await connectedQueue(connections.queue, world);
  const decision = decide(await queue.pop(), connections.table);
  const table = await act(decision, connections, world);
  return { ...connections, queue, table };
}

async function connectedQueue(queue: Queue, world: World): Promise<Queue> {
  if (queue.isConnected) return queue;
  world.log('Reconnecting Redis');
  return world.openQueue();
}

async function act(decision: Decision, { table, kept }: Connections, world: World): Promise<Table> {
  if (decision.kind === 'keep-alive') {
    await kept.keepAlive();
    return table;
  }
  world.log(`Processing vote for '${decision.vote.vote}' by '${decision.vote.voter_id}'`);
  if (decision.kind === 'drop') {
    world.log('Reconnecting DB');
    return world.openTable();
  }
  await table.save(decision.vote);
  return table;
}
