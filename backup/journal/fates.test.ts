import { expect, test } from 'vitest';
import { randomFrom } from '../../core/random.ts';
import { QueueModel } from './fates.ts';
import type { JournalRecord } from './types.ts';

const at = { atMs: null };

/** The queue as a list, and what became of each. */
class Plain {
  queue: number[] = [];
  readonly fates = new Map<number, string>();

  take(record: JournalRecord): void {
    if (record.kind === 'accepted') this.queue[record.isFirst ? 'unshift' : 'push'](record.sequence);
    if (record.kind === 'popped')
      for (let left = record.count; left > 0; left -= 1) {
        const gone = record.from === 'head' ? this.queue.shift() : this.queue.pop();
        if (gone !== undefined) this.fates.set(gone, 'taken');
      }
    if (record.kind === 'wiped') {
      for (const gone of this.queue) this.fates.set(gone, 'wiped');
      this.queue = [];
    }
  }
}

function randomRecord(below: (limit: number) => number, sequence: number): JournalRecord {
  const kind = below(10);
  if (kind === 0) return { kind: 'wiped', how: 'FLUSHALL', ...at };
  if (kind < 5) return { kind: 'popped', from: below(4) === 0 ? 'tail' : 'head', count: 1 + below(3), ...at };
  const isFirst = below(5) === 0 && { isFirst: true as const };
  return { kind: 'accepted', sequence, entry: 'x', offset: 0, ...at, ...isFirst };
}

test('tells of every vote what a list of them tells', () => {
  for (let seed = 0; seed < 300; seed += 1) {
    const { below } = randomFrom(seed);
    const [model, plain] = [new QueueModel(), new Plain()];
    let sequence = 0;
    for (let step = 0; step < 60; step += 1) {
      const record = randomRecord(below, sequence + 1);
      if (record.kind === 'accepted') sequence += 1;
      model.take(record);
      plain.take(record);
    }
    expect([...model.waiting()], `seed ${seed}`).toEqual(plain.queue);
    for (let one = 1; one <= sequence; one += 1)
      expect(model.fateOf(one).kind, `seed ${seed}, ${one}`).toBe(plain.fates.get(one) ?? 'waiting');
  }
});

test('behind a gap only what was found waiting waits; of the rest nothing is known', () => {
  const model = new QueueModel();
  for (let sequence = 1; sequence <= 4; sequence += 1)
    model.take({ kind: 'accepted', sequence, entry: 'x', offset: 0, ...at });
  model.take({ kind: 'gap', fromMs: 1, toMs: 2, afterSequence: 4, reason: '', waiting: [3, 4] });
  model.take({ kind: 'popped', from: 'head', count: 1, ...at });
  expect([1, 2, 3, 4].map((sequence) => model.fateOf(sequence).kind)).toEqual([
    'unknown',
    'unknown',
    'taken',
    'waiting',
  ]);
});

test('after a change in the middle nobody knows which one is taken, until the queue is empty again', () => {
  const model = new QueueModel();
  model.take({ kind: 'accepted', sequence: 1, entry: 'x', offset: 0, ...at });
  model.take({ kind: 'unclear', how: 'LREM', ...at });
  model.take({ kind: 'popped', from: 'head', count: 1, ...at });
  model.take({ kind: 'wiped', how: 'DEL', ...at });
  model.take({ kind: 'accepted', sequence: 2, entry: 'x', offset: 0, ...at });
  expect([1, 2].map((sequence) => model.fateOf(sequence).kind)).toEqual(['unknown', 'waiting']);
});
