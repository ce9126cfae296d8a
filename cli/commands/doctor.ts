import { connect } from 'node:net';
import { type Component, components, type HostName, hostNames } from '../../core/application.ts';
import type { Command, Outcome } from '../../core/command.ts';
import { errorAsJson, messageOf, renderError, SlaError } from '../../core/errors.ts';
import type { Host } from '../../core/host.ts';
import { waitingVotes } from '../../core/queue.ts';
import { pageTrouble, troubleWith, unitTrouble } from '../../monitor/look.ts';
import { castAndCount, newProbeVoter, removeOwnVote } from '../../monitor/vote.ts';
import { type Hop, type WayResult, walk } from '../../monitor/walk.ts';
import { addressOfHost, type Context, urlsOf } from '../context.ts';

export const doctor: Command<Context> = {
  name: 'doctor',
  summary: 'walk the way to everything, one hop at a time, and stop at the first broken one',
  example: 'doctor db',
  changesState: false,
  arguments: [{ name: 'host', description: 'only this host', isOptional: true, choices: hostNames }],
  run: async (context, given) => {
    const only = given.arguments.host as HostName | undefined;
    const opened = new Map<HostName, Promise<Host>>();
    const open = (name: HostName): Promise<Host> => {
      const session = opened.get(name) ?? context.openHost(name, 3000);
      opened.set(name, session);
      return session;
    };
    try {
      return outcome(await walk({ to: only ?? 'a vote that arrives', hops: hopsTo(context, open, only) }));
    } finally {
      for (const session of opened.values())
        await session.then((host) => host.close()).catch(() => undefined);
    }
  },
};

type Open = (name: HostName) => Promise<Host>;

/** From this machine's engine to a counted vote, or only what concerns one host. */
function hopsTo(context: Context, open: Open, only: HostName | undefined): readonly Hop[] {
  const hosts = hostNames.filter((name) => only === undefined || name === only);
  const here = components.filter(({ host }) => hosts.includes(host));
  return [
    ...(isAdopted(context) ? [] : [engineHop(context)]),
    ...hosts.flatMap((name) => hopsToHost(context, open, name)),
    ...here.flatMap((component) => hopsToComponent(context, open, component)),
    ...((only === undefined || only === 'docker') && !isAdopted(context) ? [prometheusHop(context)] : []),
    ...(only === undefined ? [voteHop(context, open)] : []),
  ];
}

/** Nothing of adopted hosts is on this machine, and nothing puts Prometheus there yet. */
const isAdopted = ({ config }: Context): boolean => config.target === 'adopted';

const engineHop = ({ engine }: Context): Hop => ({
  what: 'Docker engine of this machine',
  check: async () => `version ${await engine.version()}`,
});

function hopsToHost(context: Context, open: Open, name: HostName): readonly Hop[] {
  const { address, sshPort, user } = addressOfHost(context, name);
  const hops: readonly Hop[] = [
    {
      what: `${name}: ${context.config.lab.substrate === 'vm' ? 'virtual machine' : 'container'} runs`,
      check: () => insistOnContainer(context, `${context.config.lab.name}-${name}`),
    },
    { what: `${name}: SSH port`, check: () => greetingOf(name, address, sshPort) },
    { what: `${name}: host key`, check: () => keyVerdict(open(name)) },
    {
      what: `${name}: login`,
      check: () => open(name).then(() => `as ${user}`),
    },
    { what: `${name}: systemd`, check: async () => insistOnSystemd(await open(name)) },
  ];
  return isAdopted(context) ? hops.slice(1) : hops;
}

async function insistOnContainer({ engine, config }: Context, fullName: string): Promise<string> {
  const container = (await engine.containers()).find(({ name }) => name === fullName);
  if (container?.isRunning) return container.image;
  const what = container ? 'is stopped' : 'does not exist';
  throw new SlaError('host-gone', `the host ${fullName} of lab ${config.lab.name} ${what}`, {
    remedy: 'run "./sla up": it makes what is missing and starts what is stopped',
  });
}

async function greetingOf(name: HostName, address: string, port: number): Promise<string> {
  const socket = connect({ host: address, port, timeout: 3000 });
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  socket.once('data', (data) => resolve(data.toString('latin1').trim()));
  socket.once('error', reject);
  socket.once('timeout', () => reject(new Error('no greeting within 3 s')));
  try {
    return await promise;
  } catch (thrown) {
    throw new SlaError('host-unreachable', `${name} (${address}) does not answer on port ${port}`, {
      cause: thrown,
    });
  } finally {
    socket.destroy();
  }
}

async function keyVerdict(session: Promise<Host>): Promise<string> {
  const failed = await session.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  // A refused login comes after the key; anything else says nothing about it.
  if (failed !== undefined && !(failed instanceof SlaError && failed.code === 'login-refused')) throw failed;
  return 'as pinned';
}

/** A failed unit of the application is left to its own hop, which stands in dependency order. */
async function insistOnSystemd(host: Host): Promise<string> {
  const { stdout } = await host.query(['systemctl', 'is-system-running']);
  const state = stdout.trim();
  if (state === 'running') return state;
  const listed = await host.query(['systemctl', '--failed', '--no-legend', '--plain']);
  const failed = listed.stdout.trim().split('\n').filter(Boolean);
  if (state === 'degraded' && failed.length > 0 && failed.every(isOfTheApplication))
    return 'running, but for units of the application';
  throw new SlaError('systemd-degraded', `systemd of ${host.name} is "${state}"`, {
    cause: failed.join('\n') || 'no unit has failed: it is still starting or stopping',
  });
}

const isOfTheApplication = (failedLine: string): boolean =>
  components.some(
    ({ runtime }) => runtime.kind === 'unit' && failedLine.trim().split(/\s+/)[0] === runtime.unit,
  );

function hopsToComponent(context: Context, open: Open, component: Component): readonly Hop[] {
  const { name, port } = component;
  const url = name === 'vote' || name === 'result' ? urlsOf(context)[name] : undefined;
  return [
    {
      what: `${name}: ${component.runtime.kind} runs`,
      check: async () => insistOnRunning(await open(component.host), component),
    },
    ...(port === undefined
      ? []
      : [
          {
            what: `${name}: port ${port}`,
            check: async () => insistOnPort(await open(component.host), component, port),
          },
        ]),
    ...(url === undefined
      ? [answerHop(context, open, component)]
      : [{ what: `${name}: page`, check: () => insistOnPage(name, url) }]),
  ].filter((hop) => hop !== undefined);
}

async function insistOnRunning(host: Host, { name, runtime }: Component): Promise<string> {
  const trouble =
    runtime.kind === 'unit'
      ? await unitTrouble(host, runtime.unit)
      : await containerTrouble(host, runtime.container);
  if (trouble === undefined) return 'running';
  const start =
    runtime.kind === 'unit' ? `systemctl start ${runtime.unit}` : `docker start ${runtime.container}`;
  throw new SlaError('unit-down', `${name} on ${host.name} is not running: ${trouble}`, {
    remedy: `read "./sla logs ${host.name} ${name}", then run "./sla ssh ${host.name} ${start}", or "./sla up" for everything`,
  });
}

async function containerTrouble(host: Host, container: string): Promise<string | undefined> {
  const asked = await host.query([
    'docker',
    'inspect',
    '--format',
    '{{.State.Status}} ({{.State.ExitCode}})',
    container,
  ]);
  if (asked.exitCode !== 0) return asked.stderr.trim();
  return asked.stdout.startsWith('running') ? undefined : `the container is ${asked.stdout.trim()}`;
}

async function insistOnPort(host: Host, { name }: Component, port: number): Promise<string> {
  try {
    (await host.connect(port)).destroy();
    return 'open';
  } catch (thrown) {
    throw new SlaError('port-closed', `nothing listens on port ${port} of ${host.name} for ${name}`, {
      cause: thrown,
    });
  }
}

/** The stores in their own protocol; for the worker its unit has said it already. */
function answerHop(context: Context, open: Open, component: Component): Hop | undefined {
  const { name, host } = component;
  if (name === 'worker') return undefined;
  return {
    what: `${name}: answers`,
    check: async () => {
      const session = await open(host);
      const trouble = await troubleWith(
        component,
        { app: session, db: session, docker: session },
        urlsOf(context),
      );
      if (trouble === undefined) return 'in its own protocol';
      throw new SlaError('port-closed', `${name} on ${host} accepts connections but does not answer`, {
        cause: trouble,
      });
    },
  };
}

async function insistOnPage(name: string, url: string): Promise<string> {
  const trouble = await pageTrouble(url).catch(messageOf);
  if (trouble === undefined) return '200';
  throw new SlaError('page-down', `the ${name} page ${url} is down`, { cause: trouble });
}

const prometheusHop = (context: Context): Hop => {
  const { prometheus } = urlsOf(context);
  return { what: 'prometheus: ready', check: () => insistOnPage('Prometheus', `${prometheus}/-/ready`) };
};

/** Behind a long queue a vote is late and not lost. */
async function insistOnShortQueue(db: Host): Promise<void> {
  const waiting = await waitingVotes(db);
  if (waiting <= longQueue) return;
  throw new SlaError('vote-lost', `${waiting} votes wait in redis: a new one is counted after them`, {
    remedy:
      'wait; when their number stays the same ("./sla ssh db redis-cli llen votes"), run "./sla ssh app systemctl restart worker"',
  });
}

const longQueue = 20;

const voteHop = (context: Context, open: Open): Hop => ({
  what: 'a vote arrives at the result page',
  check: async () => {
    await insistOnShortQueue(await open('db'));
    const { countedAfterMs, voterId } = await castAndCount(urlsOf(context), 'a', {
      voterId: newProbeVoter(),
      timeoutMs: 5000 * context.patience,
    });
    await removeOwnVote(await open('db'), voterId, 5000 * context.patience);
    return `counted after ${countedAfterMs} ms, and removed again`;
  },
});

function outcome({ to, passed, broken }: WayResult): Outcome {
  const lines = passed.map(({ what, found, tookMs }) => `✓ ${what.padEnd(36)} ${found}  ${tookMs} ms`);
  if (!broken)
    return { result: { to, passed, broken: null }, text: [...lines, '', 'Every hop holds.'].join('\n') };
  if (!(broken.error instanceof SlaError)) throw broken.error;
  return {
    result: { to, passed, broken: { what: broken.what, ...errorAsJson(broken.error) } },
    text: [...lines, `✗ ${broken.what}`, '', renderError(broken.error)].join('\n'),
    exitStatus: broken.error.exitStatus,
  };
}
