import { setTimeout as sleep } from 'node:timers/promises';
import { SlaError } from '../../core/errors.ts';
import type { RedisCommands } from '../../core/fingerprint/adapters/redis.ts';

/**
 * Does something while no vote is in the hand of a worker. Writes of Redis are held for at most 300 ms at a time,
 * which ends by itself whatever becomes of us: votes and the worker wait that long, and nothing is refused. A worker
 * that does not come back for the next vote is waited for, with pauses in between. Error: `votes-held`.
 */
export async function withEmptyHand(redis: RedisCommands, act: () => Promise<void>): Promise<void> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    await redis.send('CLIENT', 'PAUSE', String(sliceMs), 'WRITE');
    try {
      if (await isHandEmpty(redis)) return await act();
    } finally {
      await redis.send('CLIENT', 'UNPAUSE');
    }
    await sleep(betweenMs);
  }
  throw new SlaError(
    'votes-held',
    `the worker has a vote in hand since ${attempts * (sliceMs + betweenMs)} ms`,
  );
}

const [attempts, sliceMs, betweenMs] = [20, 300, 200];

async function isHandEmpty(redis: RedisCommands): Promise<boolean> {
  // A worker asks every 100 ms; the slice must not end meanwhile.
  const deadline = performance.now() + sliceMs - 100;
  for (;;) {
    if (!handsFull(String(await redis.send('CLIENT', 'LIST')))) return true;
    if (performance.now() > deadline) return false;
    await sleep(10);
  }
}

/** Whether a client that takes entries is anywhere else than waiting for the next; `list` is what CLIENT LIST says. */
export const handsFull = (list: string): boolean =>
  list.split('\n').some((line) => {
    const [, command] = / cmd=(\S+)/.exec(line) ?? [];
    const [, flags = ''] = / flags=(\S+)/.exec(line) ?? [];
    // The replica repeats what the worker did; it takes nothing.
    return takes.has(command ?? '') && !/[bSM]/.test(flags);
  });

const takes: ReadonlySet<string> = new Set([
  'lpop',
  'rpop',
  'blpop',
  'brpop',
  'lmove',
  'blmove',
  'rpoplpush',
  'brpoplpush',
  'lmpop',
  'blmpop',
  // The improved worker says with it that it is done with one, and then takes the next.
  'lrem',
]);
