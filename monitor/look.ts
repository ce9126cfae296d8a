import {
  type Component,
  type ComponentName,
  components,
  dependentsOf,
  type HostName,
  isServing,
} from '../core/application.ts';
import { messageOf } from '../core/errors.ts';
import type { Host } from '../core/host.ts';
import { firstAnswer, postgresStartup, postgresTrouble, redisTrouble } from './adapters/wire.ts';
import type { ComponentState, PageUrls } from './types.ts';

/** An open session per host, or why there is none. */
export type Sessions = Readonly<Record<HostName, Host | Error>>;

const timeoutMs = 1000;

/** One look at every component at the same time, in dependency order. Never rejects. */
export const lookAtComponents = (sessions: Sessions, urls: PageUrls): Promise<readonly ComponentState[]> =>
  Promise.all(
    components.map(async (component) => stateOf(component, await troubleWith(component, sessions, urls))),
  );

/** What a component's trouble, if any, means for the others. */
export function stateOf({ name, host }: Component, trouble: string | undefined): ComponentState {
  if (trouble === undefined) return { name, host, up: true };
  return { name, host, up: false, reason: trouble, affects: dependentsOf(name) };
}

/** Why a component does not answer in its own protocol, or undefined. Never rejects. */
export async function troubleWith(
  component: Component,
  sessions: Sessions,
  urls: PageUrls,
): Promise<string | undefined> {
  try {
    return await look[component.name](sessions, urls);
  } catch (thrown) {
    return messageOf(thrown);
  }
}

type Look = (sessions: Sessions, urls: PageUrls) => Promise<string | undefined>;

const look: Readonly<Record<ComponentName, Look>> = {
  postgres: async ({ db }) =>
    postgresTrouble(await answerOf(db, 5432, postgresStartup('sla_probe', 'postgres'))),
  redis: async ({ db }) => redisTrouble(await answerOf(db, 6379, Buffer.from('PING\r\n'))),
  worker: ({ app }) => unitTrouble(app, 'worker.service'),
  vote: (_, { vote }) => pageTrouble(vote),
  result: (_, { result }) => pageTrouble(result),
};

async function answerOf(session: Host | Error, port: number, request: Buffer): Promise<Buffer> {
  const host = opened(session);
  const stream = await host.connect(port).catch(() => {
    throw new Error(`nothing listens on port ${port}`);
  });
  return firstAnswer(stream, request, timeoutMs);
}

/** Why a unit is not running, or undefined. */
export async function unitTrouble(session: Host | Error, unit: string): Promise<string | undefined> {
  const { stdout, stderr } = await opened(session).query([
    'systemctl',
    'show',
    '--property=ActiveState,SubState,Result',
    unit,
  ]);
  const properties = Object.fromEntries(
    stdout
      .trim()
      .split('\n')
      .map((line) => line.split('=')),
  );
  if (isServing(properties.ActiveState ?? '')) return undefined;
  if (properties.ActiveState === undefined) return stderr.trim() || 'systemctl does not know the unit';
  return `the unit is ${properties.ActiveState} (${properties.Result ?? properties.SubState})`;
}

/** Why a page does not answer with 200 within a second, or undefined. */
export async function pageTrouble(url: string): Promise<string | undefined> {
  const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs), redirect: 'manual' }).catch(
    (thrown: unknown) => {
      if (thrown instanceof Error && thrown.name === 'TimeoutError') {
        throw new Error(`no answer within ${timeoutMs} ms`);
      }
      throw new Error(
        thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause.message : messageOf(thrown),
      );
    },
  );
  await response.body?.cancel();
  return response.status === 200 ? undefined : `the page answers with ${response.status}`;
}

function opened(session: Host | Error): Host {
  if (session instanceof Error) throw new Error('its host does not answer');
  return session;
}
