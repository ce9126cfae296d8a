import { lookup } from 'node:dns/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { log } from './log.ts';
import type { Queue } from './worker.ts';

const waitMs = 1000;
const timeoutMs = 5000;

/** Waits for Redis, as long as it takes. An unknown host name is not waited for: it fails. */
export async function openQueue(hostName: string): Promise<Queue> {
  const { address } = await lookup(hostName, { family: 4 });
  log(`Found redis at ${address}`);
  const redis = await connected(address);
  return {
    get isConnected() {
      return redis.status === 'ready';
    },
    pop: () => redis.lpop('votes'),
  };
}

async function connected(host: string): Promise<Redis> {
  for (;;) {
    log('Connecting to redis');
    const redis = new Redis({
      host,
      connectTimeout: timeoutMs,
      commandTimeout: timeoutMs,
      lazyConnect: true,
      retryStrategy: null,
    });
    redis.on('error', (error) => log(`Redis: ${error.message}`));
    try {
      await redis.connect();
      return redis;
    } catch {
      redis.disconnect();
      log('Waiting for redis');
      await sleep(waitMs);
    }
  }
}
