import { createReadStream } from 'node:fs';
import type { Host } from '../../core/host.ts';
import { findingFrom } from './blame.ts';
import type { Finding } from './findings.ts';
import { containerArgv, containerName, pathsOf, redisSocketFile, type Scratch } from './scratch.ts';

const snapshot = (scratch: Scratch): string => `${pathsOf(scratch).redis}/dump.rdb`;

/** Puts a file of this machine where the scratch Redis reads it. */
export const putSnapshot = (docker: Host, scratch: Scratch, file: string): Promise<void> =>
  docker.pipe(['sh', '-eu', '-c', putScript, 'sh', snapshot(scratch)], { input: createReadStream(file) });

const putScript = 'umask 077; cat > "$1"; chown redis:redis "$1"';

/** Reads the snapshot as redis-check-rdb does, then has a Redis load it, which goes on running. */
export async function startRedis(docker: Host, scratch: Scratch): Promise<readonly Finding[]> {
  const checked = await docker.query(
    containerArgv(scratch, { user: 'redis', command: ['redis-check-rdb', snapshot(scratch)] }),
  );
  const looks = checkFinding(checked);
  if (looks.kind !== 'agreed') return [looks];
  const started = await docker.query(
    containerArgv(scratch, { user: 'redis', name: 'redis', command: serverCommand(scratch) }),
  );
  if (started.exitCode !== 0) return [looks, findingFrom('redis loads it', started)];
  const loaded = await docker.query([
    ...['timeout', '300', 'sh', '-u', '-c', waitScript, 'sh'],
    ...[containerName(scratch, 'redis'), redisSocketFile(scratch)],
  ]);
  return [looks, loadFinding(loaded.exitCode === 0 ? loaded.stdout : undefined, checked.stdout, loaded)];
}

// Nothing is written back: what is compared is what was read.
const serverCommand = (scratch: Scratch) => [
  ...['redis-server', '--port', '0', '--unixsocket', redisSocketFile(scratch), '--unixsocketperm', '777'],
  ...['--dir', pathsOf(scratch).redis, '--dbfilename', 'dump.rdb', '--appendonly', 'no', '--save', ''],
  ...['--maxmemory', '0', '--logfile', ''],
];

const waitScript = `
docker wait "$1" > /dev/null 2>&1 & waiter=$!
until [ "$(redis-cli -s "$2" ping 2> /dev/null)" = PONG ]; do
  kill -0 $waiter 2> /dev/null || { docker logs --tail 20 "$1" 2>&1; exit 1; }
  sleep 0.05
done
kill $waiter
redis-cli -s "$2" info persistence; redis-cli -s "$2" info keyspace`;

function checkFinding(result: Awaited<ReturnType<Host['query']>>): Finding {
  const finding = findingFrom('redis-check-rdb', result);
  if (finding.kind !== 'agreed' || /RDB looks OK/.test(result.stdout)) return finding;
  return { check: 'redis-check-rdb', kind: 'differs', text: 'it ended well without saying that all is well' };
}

/** Redis must hold, or have found expired, every key that the check has read. */
export function loadFinding(
  info: string | undefined,
  checked: string,
  result: Awaited<ReturnType<Host['query']>>,
): Finding {
  const check = 'redis loads it';
  if (info === undefined) return findingFrom(check, result);
  const inFile = numberIn(checked, /\[info\] (\d+) keys read/);
  const loaded = numberIn(info, /rdb_last_load_keys_loaded:(\d+)/);
  const expired = numberIn(info, /rdb_last_load_keys_expired:(\d+)/);
  const said = `${loaded} keys loaded and ${expired} expired of ${inFile}`;
  return loaded + expired === inFile
    ? { check, kind: 'agreed', text: said }
    : { check, kind: 'differs', text: said };
}

const numberIn = (text: string, pattern: RegExp): number => Number(pattern.exec(text)?.[1] ?? Number.NaN);
