import { type HostName, hostNames } from '../core/application.ts';
import type { Host } from '../core/host.ts';
import type { Sessions } from '../monitor/look.ts';
import type { Context } from './context.ts';

/** Opens all hosts at the same time; a host that cannot be opened is there with its error. */
export async function openSessions(
  context: Context,
  connectTimeoutMs: number,
): Promise<Sessions & Disposable> {
  const opened = await Promise.all(
    hostNames.map(
      async (name): Promise<[HostName, Host | Error]> => [
        name,
        await context.openHost(name, connectTimeoutMs).catch(asError),
      ],
    ),
  );
  const sessions = Object.fromEntries(opened) as Record<HostName, Host | Error>;
  return {
    ...sessions,
    [Symbol.dispose]: () => {
      for (const session of Object.values(sessions)) if (!(session instanceof Error)) session.close();
    },
  };
}

const asError = (thrown: unknown): Error => (thrown instanceof Error ? thrown : new Error(String(thrown)));
