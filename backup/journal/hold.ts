import { setTimeout as sleep } from 'node:timers/promises';
import { SlaError } from '../../core/errors.ts';
import type { RedisCommands } from '../../core/fingerprint/adapters/redis.ts';
import { busyNow, maxPauseMs } from '../quiet.ts';

/**
 * Does something while no vote is in the hand of a worker. Writes of Redis are held for at most 300 ms at a time,
 * which ends by itself whatever becomes of us: votes and the worker wait that long, and nothing is refused. A worker
 * that does not come back for the next vote is waited for, with pauses in between. Error: `votes-held`.
 */
export async function withEmptyHand(redis: RedisCommands, act: () => Promise<void>): Promise<void> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    await redis.send('CLIENT', 'PAUSE', String(maxPauseMs), 'WRITE');
    try {
      if (await isHandEmpty(redis)) return await act();
    } finally {
      await redis.send('CLIENT', 'UNPAUSE');
    }
    await sleep(betweenMs);
  }
  throw new SlaError(
    'votes-held',
    `the worker has a vote in hand since ${attempts * (maxPauseMs + betweenMs)} ms`,
  );
}

const [attempts, betweenMs] = [20, 200];

async function isHandEmpty(redis: RedisCommands): Promise<boolean> {
  // A worker asks every 100 ms; the slice must not end meanwhile.
  const deadline = performance.now() + maxPauseMs - 100;
  for (;;) {
    if ((await busyNow(redis)).length === 0) return true;
    if (performance.now() > deadline) return false;
    await sleep(10);
  }
}
