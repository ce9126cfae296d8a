/** How long a piece of `known` is that `found` begins with, and behind which of its entries it ends. */
export interface Overlap {
  readonly length: number;
  /** Entries of `known` up to its end. */
  readonly end: number;
}

/**
 * Recognises in the queue that was found behind a gap what the journal knows already. `found` is taken in its order:
 *
 * - when votes went on meanwhile (`isForward`), what still waits of the known ones are the last of them;
 * - when Redis came back from an older copy of itself, it may be any piece of them, and the last such piece is taken.
 *
 * A voter who chose the same again within the gap is taken for the vote that is known: the same vote, counted once.
 */
export async function overlapOf(
  known: AsyncIterable<string> | Iterable<string>,
  found: readonly string[],
  isForward: boolean,
): Promise<Overlap> {
  const fallback = fallbacks(found);
  let [matched, seen] = [0, 0];
  let best: Overlap = { length: 0, end: 0 };
  for await (const entry of known) {
    seen += 1;
    if (matched === found.length) matched = fallback[matched - 1] ?? 0;
    while (matched > 0 && found[matched] !== entry) matched = fallback[matched - 1] ?? 0;
    if (found[matched] === entry && found.length > 0) matched += 1;
    if (matched > 0 && matched >= best.length) best = { length: matched, end: seen };
  }
  return isForward ? { length: matched, end: seen } : best;
}

/** For each prefix of `entries`, the longest shorter one that it ends with (Knuth, Morris, Pratt). */
function fallbacks(entries: readonly string[]): readonly number[] {
  const lengths = [0];
  let length = 0;
  for (let at = 1; at < entries.length; at += 1) {
    while (length > 0 && entries[at] !== entries[length]) length = lengths[length - 1] ?? 0;
    if (entries[at] === entries[length]) length += 1;
    lengths.push(length);
  }
  return lengths;
}
