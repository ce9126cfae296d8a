import { askAgent } from '../../core/agentClient.ts';
import type { Command } from '../../core/command.ts';
import { SlaError } from '../../core/errors.ts';
import type { Host } from '../../core/host.ts';
import type { Recorded } from '../../core/ledger/ledger.ts';
import type { ScheduleView } from '../../schedule/view.ts';
import { type Context, insistOnLab, withHost } from '../context.ts';
import { renderSchedule } from '../scheduleScreen.ts';
import { spoolOf } from '../spool.ts';

const recentEvents = 10;

export const schedule: Command<Context> = {
  name: 'schedule',
  summary: 'show what the agent ran, what it came to, and what comes next',
  example: 'schedule --json',
  changesState: false,
  run: async (context) => {
    await insistOnLab(context);
    const spool = spoolOf(context.state, context.config.lab.name);
    return withHost(context, 'docker', async (docker) => {
      // Told beside the rest; that it fails is told by what still waits.
      await spool.deliver(docker).catch(() => undefined);
      const view = (await answerOf(docker, '/schedule')) as ScheduleView;
      const recent = await eventsBefore(docker);
      const found = { ...view, recent, spooled: spool.count() };
      return { result: found, text: renderSchedule(found) };
    });
  },
};

async function eventsBefore(docker: Host): Promise<readonly Recorded[]> {
  const { last } = (await answerOf(docker, '/events?after=9007199254740991')) as { last: number };
  const after = Math.max(0, last - recentEvents);
  const { events } = (await answerOf(docker, `/events?after=${after}`)) as { events: readonly Recorded[] };
  return events;
}

async function answerOf(docker: Host, path: string): Promise<unknown> {
  const { status, body } = await askAgent(docker, 'GET', path);
  if (status === 200) return body;
  throw new SlaError('agent-away', `the agent on docker answers ${path} with ${status}`, {
    cause: JSON.stringify(body),
    remedy: 'bring it to the version of this checkout with "./sla converge docker"',
  });
}
