import { createReadStream, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Host } from '../../core/host.ts';
import type { StoreBackup } from '../types.ts';
import { fetchOutput, insistOnMagic, type SshProgram, sendInput } from './wire.ts';

/** Redis as its own snapshot (RDB): all databases, with expiries, functions and the queue of votes. */
export const redisDump = (db: Host, ssh: SshProgram): StoreBackup => ({
  store: 'redis',
  answers: async () => (await db.query(['timeout', '10', 'redis-cli', 'ping'])).stdout.trim() === 'PONG',
  save: async (folder) => {
    const file = join(folder, rdb);
    await fetchOutput(ssh, ['sh', '-eu', '-c', saveScript], file);
    insistOnMagic(file, 'REDIS');
  },
  restore: async (folder) => {
    const file = join(folder, rdb);
    await sendInput(ssh, ['sh', '-eu', '-c', restoreScript, 'sh', String(statSync(file).size)], file);
  },
});

const rdb = 'dump.rdb';

// redis-cli ends with status 0 even when Redis refuses, as it does on a full disk. The second way needs memory
// instead; into a pipe redis-cli would write the marker behind the snapshot too, which no Redis loads.
const saveScript = `
config() { redis-cli --raw config get "$1" | tail -n 1; }
answer=$(redis-cli save)
if [ "$answer" = OK ]; then
  file=$(config dir)/$(config dbfilename)
else
  file=$(mktemp /run/sla-redis-XXXXXX)
  trap 'rm -f "$file"' EXIT
  redis-cli --rdb "$file" >&2
fi
redis-check-rdb "$file" >&2 || { echo "redis saved no whole snapshot (save: $answer)" >&2; exit 1; }
cat "$file"
`;

/**
 * Makes Redis hold what a snapshot holds and nothing else. `file` lies on this machine; nothing is touched before
 * all of it is on db, and from then on no connection is needed.
 */
export async function restoreSnapshot(db: Host, file: string): Promise<void> {
  const size = String(statSync(file).size);
  await db.pipe(['sh', '-eu', '-c', 'umask 077; cat > "$1"; sync "$1"', 'sh', came], {
    input: createReadStream(file),
  });
  const script = `exec 9>/run/lock/sla-redis-restore; flock 9; exec sh -eu -c "$1" sh "$2" < "$3"`;
  await db.exec(['sh', '-eu', '-c', script, 'sh', restoreScript, size, came]);
  await db.exec(['rm', '-f', came]);
}

const came = '/var/lib/sla-redis.rdb';

/**
 * With its append-only file on, Redis ignores a snapshot beside it. But since version 7 that file begins with a
 * snapshot, under a name that its manifest tells: so ours is put there, and nothing has to be written anew. What
 * fails half-way, a cut connection included, leaves a Redis that starts empty and not one that cannot start.
 */
const restoreScript = `
config() { redis-cli --raw config get "$1" | tail -n 1; }
place() { install --owner=redis --group=redis --mode=640 "$1" "$2"; }
came=$(mktemp /var/lib/sla-redis-XXXXXX)
dir=/var/lib/redis
trap 'rm -f "$came"; find "$dir" -mindepth 1 -delete' EXIT
cat > "$came"
[ "$(stat --format=%s "$came")" = "$1" ] || { echo "the snapshot did not come whole" >&2; exit 1; }
systemctl stop redis-server.service
find "$dir" -mindepth 1 -delete
systemctl start redis-server.service
dir=$(config dir) dump=$(config dbfilename) append=$(config appendonly)
folder=$dir/$(config appenddirname) file=$(config appendfilename)
systemctl stop redis-server.service
find "$dir" -mindepth 1 -delete
place "$came" "$dir/$dump"
if [ "$append" = yes ]; then
  install --directory --owner=redis --group=redis --mode=750 "$folder"
  place "$came" "$folder/$file.1.base.rdb"
  echo "file $file.1.base.rdb seq 1 type b" > "$came"
  place "$came" "$folder/$file.manifest"
fi
sync --file-system "$dir"
systemctl start redis-server.service || { systemctl stop redis-server.service; exit 1; }
n=0
until redis-cli info persistence | grep -q '^loading:0'; do
  n=$((n + 1)); [ "$n" -lt 3000 ] || { echo "redis does not get done loading" >&2; exit 1; }
  sleep 0.1
done
rm -f "$came"
trap - EXIT
`;
