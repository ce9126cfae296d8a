import { componentOf, components, hostNames } from '../../core/application.ts';
import type { Command } from '../../core/command.ts';
import { errorCodes, messageOf, runbookOf, SlaError } from '../../core/errors.ts';
import type { LabContainer } from '../../lab/adapters/engine.ts';
import { addressOf } from '../../lab/hosts.ts';
import { insistOnOwnership } from '../../lab/preflight.ts';
import { lookAtComponents, pageTrouble, type Sessions, stateOf } from '../../monitor/look.ts';
import type { ComponentState, HostState } from '../../monitor/types.ts';
import { addressOfHost, type Context, urlsOf } from '../context.ts';
import { unfinishedReason } from '../rebuild/unfinished.ts';
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
      exitStatus: exitStatusOf(found),
    };
  },
};

/** What is down is a finding; a host under another key may be somebody else, and nothing it says counts. */
const exitStatusOf = ({ hosts }: Status): number =>
  hosts.some(({ code }) => code === 'host-key-changed') ? errorCodes['host-key-changed'].exit : 0;

/** One look at everything, all at the same time. */
async function lookAtAll(context: Context): Promise<Status> {
  const urls = urlsOf(context);
  const containers = await labContainers(context);
  const [prometheusTrouble, opened] = await Promise.all([
    pageTrouble(`${urls.prometheus}/-/ready`).catch(messageOf),
    openSessions(context, 2000),
  ]);
  using sessions = opened;
  const isAbsent =
    containers !== undefined &&
    !containers.some(({ labels }) => labels['sla.lab'] === context.config.lab.name);
  return statusOf(
    context,
    hostNames.map((name) => hostState(context, sessions, containers, name)),
    // Whatever answers at these addresses then, it is not this lab.
    isAbsent
      ? components.map((component) => stateOf(component, 'its host does not exist'))
      : unlessRebuilding(context, await lookAtComponents(sessions, urls)),
    isAbsent ? 'its host does not exist' : prometheusTrouble,
  );
}

/** What answers on a host whose rebuild is not finished may hold half of what it should. */
const unlessRebuilding = (context: Context, found: readonly ComponentState[]): readonly ComponentState[] =>
  found.map((state) => {
    const reason = state.up ? unfinishedReason(context, state.host) : undefined;
    return reason === undefined ? state : stateOf(componentOf(state.name), reason);
  });

/** What this machine's engine knows of the lab; adopted hosts are not its business. */
async function labContainers({ config, engine, identity }: Context) {
  if (config.target === 'adopted') return undefined;
  const containers = await engine.containers();
  insistOnOwnership(identity, containers);
  return containers;
}

const statusOf = (
  context: Context,
  hosts: readonly HostState[],
  found: readonly ComponentState[],
  prometheusTrouble: string | undefined,
): Status => ({
  target: context.config.target,
  lab: context.config.lab.name,
  hosts,
  components: found,
  monitoring: {
    prometheus: prometheusTrouble === undefined ? { up: true } : { up: false, reason: prometheusTrouble },
  },
  urls: urlsOf(context),
  // The client of adopted hosts has a mailbox elsewhere.
  ...(context.config.target === 'adopted'
    ? {}
    : { mailbox: { address: addressOf(context.config.lab, 'mailbox'), smtpPort: 25 } }),
});

function hostState(
  context: Context,
  sessions: Sessions,
  containers: readonly LabContainer[] | undefined,
  name: (typeof hostNames)[number],
): HostState {
  const session = sessions[name];
  const { address } = addressOfHost(context, name);
  const fate = containers && fateOf(`${context.config.lab.name}-${name}`, containers);
  if (fate !== undefined)
    return { name, address, reachable: false, reason: unfinishedReason(context, name) ?? fate };
  return session instanceof Error
    ? { name, address, reachable: false, ...reasonOf(session) }
    : { name, address, reachable: true };
}

/** What became of a host's container, when that alone explains why it does not answer. */
function fateOf(fullName: string, containers: readonly LabContainer[]): string | undefined {
  const container = containers.find((candidate) => candidate.name === fullName);
  if (!container) return 'it is gone: "./sla up" makes it again';
  return container.isRunning ? undefined : 'it is stopped: "./sla up" starts it again';
}

function reasonOf(error: Error): Pick<HostState, 'reason' | 'code'> {
  if (!(error instanceof SlaError)) return { reason: String(error) };
  const { code, message } = error;
  return { code, reason: code === 'host-unreachable' ? message : `${message}; see ${runbookOf(code)}` };
}
