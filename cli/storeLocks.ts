import { setTimeout as sleep } from 'node:timers/promises';
import { SlaError } from '../core/errors.ts';
import type { Host } from '../core/host.ts';
import { lockedStores, takeStoreLock } from '../core/storeLock.ts';
import type { StoreLocks } from '../schedule/types.ts';

const patienceMs = 120_000;

/**
 * Both stores and the repository, for a command of a person. What the agent does with them meanwhile is waited for,
 * and told once; then error `store-busy`.
 */
export async function withAllStores<T>(
  docker: Host,
  what: string,
  narrate: (line: string) => void,
  use: () => Promise<T>,
): Promise<T> {
  await using _lock = await patientLock(docker, what, narrate);
  return await use();
}

async function patientLock(
  docker: Host,
  what: string,
  narrate: (line: string) => void,
): Promise<AsyncDisposable> {
  const deadline = performance.now() + patienceMs;
  for (let isTold = false; ; isTold = true) {
    try {
      return await takeStoreLock(docker, { stores: lockedStores, who: 'sla', what });
    } catch (thrown) {
      if (!isBusy(thrown) || performance.now() > deadline) throw thrown;
      if (!isTold) narrate(`${thrown.message}, ${thrown.cause}: waiting for it`);
      await sleep(500);
    }
  }
}

/** For the jobs of the agent: the scheduler itself waits. */
export const agentLocks = (docker: Host): StoreLocks => ({
  take: async (store, what) => {
    try {
      const lock = await takeStoreLock(docker, { stores: [store], who: 'agent', what });
      return { release: async () => await lock[Symbol.asyncDispose]() };
    } catch (thrown) {
      if (isBusy(thrown)) return String(thrown.cause);
      throw thrown;
    }
  },
});

const isBusy = (thrown: unknown): thrown is SlaError =>
  thrown instanceof SlaError && thrown.code === 'store-busy';
