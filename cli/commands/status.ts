import { hostNames } from '../../core/application.ts';
import type { Command } from '../../core/command.ts';
import { SlaError } from '../../core/errors.ts';
import type { LabContainer } from '../../lab/adapters/engine.ts';
import { addressOf } from '../../lab/hosts.ts';
import { insistOnOwnership } from '../../lab/preflight.ts';
import { lookAtComponents, pageTrouble, type Sessions } from '../../monitor/look.ts';
import type { HostState } from '../../monitor/types.ts';
import { addressOfHost, type Context, urlsOf } from '../context.ts';
import { openSessions } from '../sessions.ts';
import { renderStatus, type Status } from '../statusScreen.ts';

export const status: Command<Context> = {
  name: 'status',
  summary: 'show which hosts and components are up, and where everything is',
  example: 'status --json',
  changesState: false,
  run: async (context) => {
    const started = performance.now();
    const found = await lookAtAll(context);
    return {
      result: found,
      text: renderStatus(found, performance.now() - started, process.stdout.isTTY === true),
    };
  },
};

/** One look at everything, all at the same time. */
async function lookAtAll(context: Context): Promise<Status> {
  const urls = urlsOf(context);
  const containersAsked = context.engine.containers();
  const prometheusAsked = pageTrouble(`${urls.prometheus}/-/ready`).catch((thrown: Error) => thrown.message);
  using sessions = await openSessions(context, 2000);
  const [components, containers, prometheusTrouble] = await Promise.all([
    lookAtComponents(sessions, urls),
    containersAsked,
    prometheusAsked,
  ]);
  insistOnOwnership(context.identity, containers);
  return {
    target: context.config.target,
    lab: context.config.lab.name,
    hosts: hostNames.map((name) => hostState(context, sessions, containers, name)),
    components,
    monitoring: {
      prometheus: prometheusTrouble === undefined ? { up: true } : { up: false, reason: prometheusTrouble },
    },
    urls,
    mailbox: { address: addressOf(context.config.lab, 'mailbox'), smtpPort: 25 },
  };
}

function hostState(
  context: Context,
  sessions: Sessions,
  containers: readonly LabContainer[],
  name: (typeof hostNames)[number],
): HostState {
  const session = sessions[name];
  const { address } = addressOfHost(context, name);
  if (!(session instanceof Error)) return { name, address, reachable: true };
  return {
    name,
    address,
    reachable: false,
    reason: fateOf(`${context.config.lab.name}-${name}`, containers) ?? reasonOf(session),
  };
}

/** What became of a host's container, when that alone explains why it does not answer. */
function fateOf(fullName: string, containers: readonly LabContainer[]): string | undefined {
  const container = containers.find((candidate) => candidate.name === fullName);
  if (!container) return 'it is gone: "./sla up" makes it again';
  return container.isRunning ? undefined : 'it is stopped: "./sla up" starts it again';
}

const reasonOf = (error: Error): string => (error instanceof SlaError ? error.message : String(error));
