import { Redis } from 'ioredis';
import { log } from './log.ts';

/** One entry of the Redis list `votes`, as the worker reads it. */
export interface Vote {
  readonly voter_id: string;
  readonly vote: string;
}

export interface Queue {
  /** Fails when the vote was not queued. */
  push(vote: Vote): Promise<void>;
}

const socketTimeoutMs = 5000;

/** A queue that connects only when a vote is pushed: who only looks at the page never waits for Redis. */
export const redisQueue = (host: string): Queue => ({
  async push(vote) {
    const redis = new Redis({
      host,
      connectTimeout: socketTimeoutMs,
      commandTimeout: socketTimeoutMs,
      enableReadyCheck: false,
      retryStrategy: null,
    });
    // Without a listener the client prints a stack; the command that waits for the connection fails anyway.
    redis.on('error', (error) => log(`Redis: ${error.message}`));
    try {
      await redis.rpush('votes', JSON.stringify(vote));
    } finally {
      redis.disconnect();
    }
  },
});
