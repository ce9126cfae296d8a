import { setTimeout as sleep } from 'node:timers/promises';
import { backupPorts } from '../../core/backupLayout.ts';
import type { RedisCommands } from '../../core/fingerprint/adapters/redis.ts';
import type { Host } from '../../core/host.ts';

/**
 * Waits until the replica has written down all that Redis has done up to this call. False when it does not within
 * `timeoutMs`: then votes may be counted that nobody here has heard of.
 */
export async function replicaHasAll(redis: RedisCommands, docker: Host, timeoutMs = 5000): Promise<boolean> {
  const wanted = fieldsOf(String(await redis.send('INFO', 'replication')));
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const { stdout } = await docker.query([
      'timeout',
      '5',
      'redis-cli',
      '-p',
      String(backupPorts.replica),
      'info',
      'everything',
    ]);
    if (hasAll(fieldsOf(stdout), wanted)) return true;
    if (performance.now() > deadline) return false;
    await sleep(100);
  }
}

type Fields = Readonly<Record<string, string>>;

/** In the file, not only in memory: Redis may put off writing while an earlier write is on its way to the disk. */
export const hasAll = (replica: Fields, main: Fields): boolean =>
  replica.master_replid === main.master_replid &&
  Number(replica.slave_repl_offset ?? -1) >= Number(main.master_repl_offset ?? Number.POSITIVE_INFINITY) &&
  replica.aof_buffer_length === '0' &&
  replica.aof_rewrite_in_progress === '0' &&
  replica.aof_enabled === '1';

/** What INFO says, by name. */
export const fieldsOf = (text: string): Fields =>
  Object.fromEntries(
    text.split(/\r?\n/).flatMap((line) => {
      const at = line.indexOf(':');
      return at < 0 ? [] : [[line.slice(0, at), line.slice(at + 1)]];
    }),
  );
