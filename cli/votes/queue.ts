import { processingKey, queueKey } from '../../backup/journal/types.ts';
import type { RedisCommands } from '../../core/fingerprint/adapters/redis.ts';
import type { Host } from '../../core/host.ts';

/**
 * What is in Redis for the worker, in the order in which it is taken. The queue is read first: what the improved
 * worker takes meanwhile is in both lists then, and not in neither.
 */
export async function inQueue(redis: RedisCommands): Promise<readonly string[]> {
  const entriesOf = async (key: string): Promise<readonly string[]> => {
    const reply = await redis.send('LRANGE', key, '0', '-1');
    return Array.isArray(reply) ? reply.map(String) : [];
  };
  const queue = await entriesOf(queueKey);
  return [...(await entriesOf(processingKey)), ...queue];
}

/** The clock that the journal is kept by, a second earlier: its stamps are whole seconds. In UTC milliseconds. */
export async function secondOn(docker: Host): Promise<number> {
  const { stdout } = await docker.exec(['date', '+%s']);
  return (Number(stdout) - 1) * 1000;
}
