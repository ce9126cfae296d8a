import { Redis } from 'ioredis';
import type { Queue } from './votes.ts';

const source = 'votes';
const aside = 'votes:processing';
const rejected = 'votes:rejected';
/** A blocking command is answered at the latest after this, so that a dead connection is noticed. */
const blockS = 2;

/** A queue that connects again by itself; a command fails while there is no connection. */
export function openQueue(host: string, log: (line: string) => void): Queue {
  const redis = new Redis({
    host,
    connectTimeout: 2000,
    commandTimeout: (blockS + 2) * 1000,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    retryStrategy: (times) => Math.min(100 * times, 1000),
  });
  redis.on('error', (error) => log(`Redis: ${error.message}`));
  return {
    take: () => redis.blmove(source, aside, 'LEFT', 'RIGHT', blockS),
    left: () => redis.lrange(aside, 0, -1),
    forget: async (entry) => void (await redis.lrem(aside, 1, entry)),
    reject: async (entry) => void (await redis.multi().lrem(aside, 1, entry).rpush(rejected, entry).exec()),
  };
}
