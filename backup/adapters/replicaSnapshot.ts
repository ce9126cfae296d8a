import { setTimeout as sleep } from 'node:timers/promises';
import { SlaError } from '../../core/errors.ts';
import type { RedisCommands } from '../../core/fingerprint/adapters/redis.ts';
import type { Host } from '../../core/host.ts';

export interface SnapshotOf {
  readonly replicationId: string;
  readonly replicationOffset: number;
  readonly replicationOffsetAfter: number;
}

/** A file on docker that goes when it is disposed of. */
export interface SavedSnapshot extends AsyncDisposable {
  readonly path: string;
}

/**
 * Waits for the snapshot that the replica began, and checks it by its own tool. It tells where in the stream it was
 * taken: one that somebody else began a moment later is not taken for it. Error: `backup-failed`.
 */
export async function savedSnapshot(
  docker: Host,
  replica: RedisCommands,
  expected: SnapshotOf,
): Promise<SavedSnapshot> {
  await untilSaved(replica);
  const dump = `${await setting(replica, 'dir')}/${await setting(replica, 'dbfilename')}`;
  const path = `${dump}.cut`;
  const { stdout } = await docker.exec(['sh', '-eu', '-c', checkScript, 'sh', dump, path]);
  const id = /repl-id = '(\w+)'/.exec(stdout)?.[1];
  const offset = Number(/repl-offset = '(\d+)'/.exec(stdout)?.[1]);
  const isOurs =
    id === expected.replicationId &&
    offset >= expected.replicationOffset &&
    offset <= expected.replicationOffsetAfter;
  if (!isOurs)
    throw failed(`it was taken at ${offset} and not at ${expected.replicationOffset} of the stream`);
  return { path, [Symbol.asyncDispose]: async () => void (await docker.query(['rm', '-f', path])) };
}

// Another name for the same file: the next snapshot takes the place of the first name only.
const checkScript = 'ln -f "$1" "$2"; redis-check-rdb "$2"';

const deadlineMs = 60_000;

async function untilSaved(replica: RedisCommands): Promise<void> {
  const deadline = performance.now() + deadlineMs;
  for (;;) {
    const info = String(await replica.send('INFO', 'persistence'));
    if (/^rdb_bgsave_in_progress:0/m.test(info)) {
      if (/^rdb_last_bgsave_status:ok/m.test(info)) return;
      throw failed('Redis could not write it; its log on docker says why');
    }
    if (performance.now() > deadline) throw failed('it is not written after a minute');
    await sleep(10);
  }
}

async function setting(replica: RedisCommands, name: string): Promise<string> {
  const reply = await replica.send('CONFIG', 'GET', name);
  return Array.isArray(reply) ? String(reply[1]) : '';
}

const failed = (cause: string): SlaError =>
  new SlaError('backup-failed', 'the snapshot of the Redis replica on docker is of no use', {
    cause,
    remedy: 'run "./sla doctor docker"; then run the same command again',
  });
