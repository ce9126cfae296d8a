import type { Command } from '../../core/command.ts';
import { type Choice, castAndCount } from '../../monitor/vote.ts';
import { type Context, insistOnLab, urlsOf } from '../context.ts';

export const vote: Command<Context> = {
  name: 'vote',
  summary: 'cast a vote as a new visitor and wait until the result page counts it',
  example: 'vote A',
  changesState: true,
  arguments: [{ name: 'choice', description: 'A or B', choices: ['A', 'B'] }],
  run: async (context, given) => {
    const choice = String(given.arguments.choice).toLowerCase() as Choice;
    const urls = urlsOf(context);
    if (context.isDryRun) {
      return {
        result: { wouldVote: choice, url: urls.vote },
        text: `would vote ${choice.toUpperCase()} on ${urls.vote}`,
      };
    }
    await insistOnLab(context);
    const counted = await castAndCount(urls, choice, { timeoutMs: 5000 * context.patience });
    const { after, countedAfterMs, voterId } = counted;
    return {
      result: counted,
      text: `vote ${choice.toUpperCase()} of voter ${voterId} counted after ${countedAfterMs} ms: A ${after.a}, B ${after.b}`,
    };
  },
};
