import { expect, test } from 'vitest';
import { randomFrom } from '../../core/random.ts';
import { overlapOf } from './overlap.ts';

/** By looking at every place. */
function byForce(known: readonly string[], found: readonly string[], isForward: boolean) {
  let best = { length: 0, end: isForward ? known.length : 0 };
  for (let from = 0; from < known.length; from += 1) {
    let length = 0;
    while (length < found.length && from + length < known.length && known[from + length] === found[length])
      length += 1;
    const end = from + length;
    if (isForward && end === known.length && length > best.length) best = { length, end };
    if (!isForward && length > 0 && length >= best.length) best = { length, end };
  }
  return best;
}

test.each([true, false])('finds what a search of all places finds (votes went on: %s)', async (isForward) => {
  for (let seed = 0; seed < 2000; seed += 1) {
    const { below } = randomFrom(seed);
    const entries = () => Array.from({ length: below(12) }, () => 'abc'[below(3)] ?? '');
    const [known, found] = [entries(), entries()];
    expect(await overlapOf(known, found, isForward), `${known} / ${found}`).toEqual(
      byForce(known, found, isForward),
    );
  }
});

test('what still waits is known, what follows is new', async () => {
  expect(await overlapOf(['a', 'b', 'c'], ['b', 'c', 'd'], true)).toEqual({ length: 2, end: 3 });
});

test('a queue that Redis brought back from before is known as the piece it was', async () => {
  expect(await overlapOf(['a', 'b', 'c', 'd'], ['b', 'c', 'new'], false)).toEqual({ length: 2, end: 3 });
});
