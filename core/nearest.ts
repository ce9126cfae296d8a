import { distance } from 'fastest-levenshtein';

/** The candidate that `word` was probably meant to be, or undefined when none is near. Case does not count. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const [best] = candidates
    .map((candidate) => ({ candidate, edits: distance(word.toLowerCase(), candidate.toLowerCase()) }))
    .toSorted((a, b) => a.edits - b.edits);
  return best && isNear(best.edits, word, best.candidate) ? best.candidate : undefined;
}

/** Something of the word must remain: every one-letter word is one edit from every other. */
const isNear = (edits: number, word: string, candidate: string): boolean =>
  edits <= Math.max(2, candidate.length / 3) && edits < Math.max(word.length, candidate.length);
