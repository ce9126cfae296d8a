import { defaultExclusions } from '../../core/fingerprint/exclusions.ts';

/** A vote as the worker writes it. */
export interface Vote {
  readonly voter: string;
  readonly vote: string;
}

/**
 * The vote in an entry of the queue; undefined for what no table of votes can hold: no JSON, no texts, or too long.
 */
export function voteIn(entry: string): Vote | undefined {
  try {
    const { voter_id, vote } = JSON.parse(entry) as { readonly voter_id?: unknown; readonly vote?: unknown };
    return typeof voter_id === 'string' &&
      typeof vote === 'string' &&
      isStorable(voter_id) &&
      isStorable(vote)
      ? // Half a character is what the worker's client writes as U+FFFD.
        { voter: voter_id.toWellFormed(), vote: vote.toWellFormed() }
      : undefined;
  } catch {
    return undefined;
  }
}

/** The columns are VARCHAR(255), and PostgreSQL has no text with a zero in it. */
const isStorable = (text: string): boolean => !text.includes('\0') && [...text].length <= 255;

/** Whether a voter is one of the suite's own, whose votes count nowhere. */
export const isOwnVoter = (voter: string): boolean =>
  defaultExclusions.rows.some(({ table, prefix }) => table === 'public.votes' && voter.startsWith(prefix));
