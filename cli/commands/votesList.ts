import { openHistory } from '../../backup/journal/history.ts';
import type { AcceptedVote } from '../../backup/journal/planReconcile.ts';
import type { Command } from '../../core/command.ts';
import { SlaError } from '../../core/errors.ts';
import { type Context, insistOnLab, withHost } from '../context.ts';
import { gapLines, gapsAsJson } from '../votes/gaps.ts';
import { withLocalJournal } from '../votes/localJournal.ts';
import { sinceFlag, sinceFrom } from '../votes/since.ts';

export const votesList: Command<Context> = {
  name: 'votes list',
  summary: 'print the votes that were accepted, from the journal on docker, newest last',
  example: 'votes list --since 2026-11-21T10:00:00+01:00 --limit 50',
  changesState: false,
  flags: [
    sinceFlag,
    {
      usage: '--limit <count>',
      description: 'at most this many, the newest (default: 20)',
      parse: countFrom,
    },
  ],
  run: async (context, { flags }) => {
    await insistOnLab(context);
    const limit = (flags.limit as number | undefined) ?? 20;
    return withHost(context, 'docker', async (docker) => {
      const since = await sinceFrom(flags.since as string | undefined, context.config.service.zone, docker);
      return withLocalJournal(context, docker, async (journal) => {
        const history = openHistory(journal, since);
        let newest: AcceptedVote[] = [];
        let count = 0;
        for await (const vote of history.votes()) {
          count += 1;
          newest.push(vote);
          // Cut rarely: to cut at each vote would copy the list as often.
          if (newest.length > 2 * limit + 1000) newest = newest.slice(-limit);
        }
        newest = newest.slice(-limit);
        const { gaps, rejected } = history;
        return {
          result: { accepted: count, rejected, ...gapsAsJson(gaps), votes: newest.map(asJson) },
          text: [...newest.map(lineOf), `${count} votes were accepted`, ...gapLines(gaps)].join('\n'),
        };
      });
    });
  },
};

function countFrom(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count > 0 && count <= 1_000_000) return count;
  throw new SlaError('usage', `"${text}" is no number of votes`, {
    remedy: 'give --limit a whole number above 0',
  });
}

const timeOf = (atMs: number | null): string | null => (atMs === null ? null : new Date(atMs).toISOString());

const asJson = ({ sequence, atMs, voter, vote }: AcceptedVote) => ({
  sequence,
  at: timeOf(atMs),
  voter,
  vote,
});

const lineOf = ({ sequence, atMs, voter, vote }: AcceptedVote): string =>
  `${String(sequence).padStart(8)}  ${timeOf(atMs) ?? 'at a time not known '.padEnd(24)}  ${voter}  ${vote}`;
