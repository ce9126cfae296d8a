import type { JournalRecord } from './types.ts';

/** What became of an accepted vote on its way through the queue, as far as the journal tells. */
export type Fate =
  | { readonly kind: 'waiting' }
  /** Somebody took it: the worker, unless it was a person. */
  | { readonly kind: 'taken' }
  /** It went with the whole queue: `how` is the command. */
  | { readonly kind: 'wiped'; readonly how: string }
  /** It was lost or taken where nobody looked. */
  | { readonly kind: 'unknown' };

interface Run {
  readonly from: number;
  readonly to: number;
}

/** The queue as the records tell it. It holds runs of sequences: a million votes in their order are one of them. */
export class QueueModel {
  #waiting: Run[] = [];
  readonly #left: (Run & { readonly fate: Fate })[] = [];
  // After a change in the middle nobody knows which entry is taken next.
  #isClear = true;

  take(record: JournalRecord): void {
    switch (record.kind) {
      case 'accepted':
        if (record.isFirst) this.#unshift(record.sequence);
        else this.#push(record.sequence);
        return;
      case 'popped':
        for (let left = record.count; left > 0 && this.#waiting.length > 0; )
          left -= this.#pop(record.from, left);
        return;
      case 'wiped':
        this.#leaveAll({ kind: 'wiped', how: record.how });
        this.#isClear = true;
        return;
      case 'unclear':
        this.#isClear = false;
        return;
      case 'gap':
        this.#leaveAll({ kind: 'unknown' });
        this.#isClear = true;
        if (record.waiting) this.#waiting = [{ from: record.waiting[0], to: record.waiting[1] }];
        return;
    }
  }

  fateOf(sequence: number): Fate {
    const holds = ({ from, to }: Run) => from <= sequence && sequence <= to;
    if (this.#waiting.some(holds)) return this.#isClear ? { kind: 'waiting' } : { kind: 'unknown' };
    return this.#left.findLast(holds)?.fate ?? { kind: 'unknown' };
  }

  /** Sequences that wait, in the order in which they are taken. */
  *waiting(): Iterable<number> {
    for (const { from, to } of this.#waiting)
      for (let sequence = from; sequence <= to; sequence += 1) yield sequence;
  }

  #push(sequence: number): void {
    const last = this.#waiting.at(-1);
    if (last?.to === sequence - 1)
      this.#waiting[this.#waiting.length - 1] = { from: last.from, to: sequence };
    else this.#waiting.push({ from: sequence, to: sequence });
  }

  #unshift(sequence: number): void {
    this.#waiting.unshift({ from: sequence, to: sequence });
  }

  /** Takes up to `count` of the first or the last run, and gives how many. */
  #pop(side: 'head' | 'tail', count: number): number {
    const run = side === 'head' ? this.#waiting.shift() : this.#waiting.pop();
    if (!run) return count;
    const taken = Math.min(count, run.to - run.from + 1);
    const [gone, rest] =
      side === 'head'
        ? [
            { from: run.from, to: run.from + taken - 1 },
            { from: run.from + taken, to: run.to },
          ]
        : [
            { from: run.to - taken + 1, to: run.to },
            { from: run.from, to: run.to - taken },
          ];
    if (rest.from <= rest.to) this.#waiting[side === 'head' ? 'unshift' : 'push'](rest);
    this.#leave(gone, this.#isClear ? { kind: 'taken' } : { kind: 'unknown' });
    return taken;
  }

  #leaveAll(fate: Fate): void {
    for (const run of this.#waiting) this.#leave(run, fate);
    this.#waiting = [];
  }

  #leave({ from, to }: Run, fate: Fate): void {
    const last = this.#left.at(-1);
    if (last && last.to === from - 1 && last.fate.kind === fate.kind && fate.kind !== 'wiped')
      this.#left[this.#left.length - 1] = { ...last, to };
    else this.#left.push({ from, to, fate });
  }
}

export function describeFate(fate: Fate): string {
  switch (fate.kind) {
    case 'waiting':
      return 'it was waiting in the queue, and Redis has lost it';
    case 'taken':
      return 'it was taken from the queue, and never written';
    case 'wiped':
      return `it was waiting in the queue when it was emptied by ${fate.how}`;
    case 'unknown':
      return 'the journal does not tell';
  }
}
