import { expect, test } from 'vitest';
import { decide, type Queue, type Table, tick, type Vote } from './worker.ts';

const entry = '{"voter_id":"abc","vote":"a"}';
const vote: Vote = { voter_id: 'abc', vote: 'a' };

class FakeTable implements Table {
  readonly saved: Vote[] = [];
  readonly isOpen: boolean;
  keptAlive = 0;

  constructor(isOpen = true) {
    this.isOpen = isOpen;
  }

  async save(saved: Vote) {
    this.saved.push(saved);
  }

  async keepAlive() {
    this.keptAlive += 1;
  }
}

function queueOf(entries: string[], isConnected = true): Queue {
  return { isConnected, pop: async () => entries.shift() ?? null };
}

function worldOf({ table = new FakeTable(), queue = queueOf([]) } = {}) {
  const lines: string[] = [];
  return {
    lines,
    openTable: async () => table,
    openQueue: async () => queue,
    log: (line: string) => {
      lines.push(line);
    },
  };
}

test('a popped vote is saved while the connection is open', () => {
  expect(decide(entry, { isOpen: true })).toEqual({ kind: 'save', vote });
});

test('a popped vote is dropped while the connection is closed', () => {
  expect(decide(entry, { isOpen: false })).toEqual({ kind: 'drop', vote });
});

test('an empty queue asks for nothing but a sign of life', () => {
  expect(decide(null, { isOpen: false })).toEqual({ kind: 'keep-alive' });
});

test('an entry that is not JSON is fatal', () => {
  expect(() => decide('{', { isOpen: true })).toThrow(SyntaxError);
});

test('a vote is popped, announced and saved', async () => {
  const [table, world] = [new FakeTable(), worldOf()];
  await tick({ queue: queueOf([entry]), table, kept: table }, world);
  expect(table.saved).toEqual([vote]);
  expect(world.lines).toEqual(["Processing vote for 'a' by 'abc'"]);
});

test('the vote that finds the connection closed is saved nowhere; the next one is', async () => {
  const [closed, reopened] = [new FakeTable(false), new FakeTable()];
  const [world, queue] = [worldOf({ table: reopened }), queueOf([entry, '{"voter_id":"def","vote":"b"}'])];
  const connections = await tick({ queue, table: closed, kept: closed }, world);
  await tick(connections, world);
  expect(closed.saved).toEqual([]);
  expect(reopened.saved).toEqual([{ voter_id: 'def', vote: 'b' }]);
  expect(world.lines).toContain('Reconnecting DB');
});

test('after a reconnect the sign of life still goes to the first connection', async () => {
  const [first, second] = [new FakeTable(false), new FakeTable()];
  const world = worldOf({ table: second });
  const connections = await tick({ queue: queueOf([entry]), table: first, kept: first }, world);
  await tick(connections, world);
  expect([first.keptAlive, second.keptAlive]).toEqual([1, 0]);
});

test('a lost queue is opened again before anything is popped', async () => {
  const table = new FakeTable();
  const world = worldOf({ queue: queueOf([entry]) });
  const { queue } = await tick({ queue: queueOf([], false), table, kept: table }, world);
  expect(queue.isConnected).toBe(true);
  expect(table.saved).toEqual([vote]);
  expect(world.lines[0]).toBe('Reconnecting Redis');
});
