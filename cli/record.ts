import { hostname, userInfo } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { SlaError } from '../core/errors.ts';
import { eventOf } from '../core/events.ts';
import type { Host } from '../core/host.ts';
import type { Context } from './context.ts';
import { type Spool, spoolOf } from './spool.ts';

/** What is needed of a context. */
export type RecordingContext = Pick<Context, 'state' | 'openHost'> & {
  readonly config: { readonly lab: { readonly name: string } };
};

/** A command that is being written down. */
export interface Recording {
  /** Of what it ended with: its exit status, or what it threw. Never throws. */
  end(end: number | { readonly thrown: unknown }): Promise<void>;
}

// A docker host that answers at all has done so while the command ran.
const patienceMs = 250;
const deliveryMs = 2000;

/**
 * Writes a command into the ledger when it has ended. It is written down here first; whatever keeps the agent away
 * neither stops nor fails the command, and the next one delivers what waits.
 */
export function beginRecording(context: RecordingContext, words: readonly string[]): Recording {
  const started = performance.now();
  // The handshake costs more than the rest: it is made while the command works.
  const opening = context.openHost('docker', deliveryMs).catch(() => undefined);
  return {
    end: async (end) => {
      const spool = spoolOf(context.state, context.config.lab.name);
      try {
        if (spool.put(commandEvent(words, end, performance.now() - started)))
          await deliver(spool, opening, context);
      } catch {
        // What cannot be written down must not fail what was done.
      } finally {
        void opening.then((docker) => docker?.close());
      }
    },
  };
}

const commandEvent = (words: readonly string[], end: Parameters<Recording['end']>[0], tookMs: number) =>
  eventOf(
    'command run',
    {
      who: `${userInfo().username}@${hostname()}`,
      words: [...words],
      tookMs: Math.round(tookMs),
      ...endOf(end),
    },
    Date.now(),
  );

const endOf = (end: Parameters<Recording['end']>[0]) => {
  if (typeof end === 'number') return { exitStatus: end };
  const { thrown } = end;
  return thrown instanceof SlaError
    ? { exitStatus: thrown.exitStatus, code: thrown.code }
    : { exitStatus: 1, code: 'bug' };
};

async function deliver(
  spool: Spool,
  opening: Promise<Host | undefined>,
  { openHost }: Pick<Context, 'openHost'>,
): Promise<void> {
  const early = await Promise.race([opening, sleep(patienceMs, 'late' as const, { ref: false })]);
  if (early === 'late') return;
  const isDelivered = early !== undefined && (await delivered(spool, early));
  if (isDelivered) return;
  // A host that the command itself made, or made anew.
  const docker = await openHost('docker', patienceMs).catch(() => undefined);
  if (!docker) return;
  await delivered(spool, docker);
  docker.close();
}

async function delivered(spool: Spool, docker: Host): Promise<boolean> {
  const delivering = spool.deliver(docker).then(
    () => true,
    () => false,
  );
  return Promise.race([delivering, sleep(deliveryMs, false, { ref: false })]);
}
