import { describeFate } from '../../backup/journal/fates.ts';
import type { AcceptedVote, ReconcilePlan } from '../../backup/journal/planReconcile.ts';
import { gapLines, gapsAsJson } from './gaps.ts';
import type { Round } from './reconcile.ts';

/** All rounds of one command, for a person. */
export function renderRounds(rounds: readonly Round[], isDryRun: boolean): string {
  const last = rounds.at(-1);
  if (!last) return '';
  const lines = rounds.flatMap((round) => missingLines(round, isDryRun));
  return [
    ...(lines.length > 0 ? lines : ['every accepted vote is in PostgreSQL, or on its way']),
    ...stillLines(last),
    ...gapLines(last.gaps),
    ...(last.isUpToDate ? [] : [staleLine]),
  ].join('\n');
}

const staleLine =
  '  ! the replica on docker lags behind Redis: nothing was written over a vote that PostgreSQL holds';

function missingLines({ counts, first, fates }: Round, isDryRun: boolean): readonly string[] {
  if (counts.writes === 0) return [];
  const shown = first.writes.slice(0, 5).map(({ voter, vote, was, sequence }) => {
    const fate = fates.get(sequence);
    const instead = was === null ? '' : `, in the place of ${was}`;
    return `  ${voter}: ${vote}${instead}${fate ? `; ${describeFate(fate)}` : ''}`;
  });
  const more = counts.writes - shown.length;
  const what = `${counts.writes} accepted vote${counts.writes === 1 ? '' : 's'}`;
  return [
    isDryRun ? `${what} would be written:` : `${what} written:`,
    ...shown,
    ...(more > 0 ? [`  and ${more} more`] : []),
  ];
}

const stills: readonly (readonly [keyof ReconcilePlan, string])[] = [
  ['waiting', 'wait in the queue for the worker'],
  ['overtaken', 'have an older vote in the queue: run this again when it is counted'],
  ['fresh', 'were accepted just now, and may be in the hand of the worker: run this again'],
  ['doubtful', 'differ from PostgreSQL, which may hold a newer vote from a gap: left as they are'],
];

const stillLines = ({ counts, first }: Round): readonly string[] =>
  stills.flatMap(([kind, what]) =>
    counts[kind] === 0 ? [] : [`  ${counts[kind]} ${what} (${namesOf(first[kind])})`],
  );

const namesOf = (votes: readonly AcceptedVote[]): string =>
  votes
    .slice(0, 3)
    .map(({ voter }) => voter)
    .join(', ') + (votes.length > 3 ? ', …' : '');

export function roundsAsJson(rounds: readonly Round[], isDryRun: boolean) {
  const last = rounds.at(-1);
  const { waiting, overtaken, fresh, doubtful } = last?.counts ?? {};
  const gaps = gapsAsJson(last?.gaps ?? []);
  return {
    isDryRun,
    accepted: last?.accepted ?? 0,
    rejected: last?.rejected ?? 0,
    missing: rounds.reduce((sum, { counts }) => sum + counts.writes, 0),
    ...gaps,
    isComplete: gaps.isComplete && last?.isUpToDate === true,
    isUpToDate: last?.isUpToDate === true,
    stillOpen: { waiting, overtaken, fresh, doubtful },
    first: rounds.flatMap(({ first, fates }) =>
      first.writes.map(({ voter, vote, was, sequence }) => ({
        voter,
        vote,
        was,
        sequence,
        fate: fates.get(sequence)?.kind ?? 'unknown',
      })),
    ),
  };
}
