import { createWriteStream } from 'node:fs';
import { places } from '../../core/backupLayout.ts';
import type { Host } from '../../core/host.ts';

/**
 * Writes what Redis held at an instant into a file of this machine, from the append-only file of the replica on
 * docker. It counts in seconds: the last one that was over by then counts. False when that file does not go back so
 * far.
 */
export async function fetchRedisAt(docker: Host, atMs: number, file: string): Promise<boolean> {
  const seconds = Math.floor((atMs + 1) / 1000) - 1;
  const folder = `${places.drills}/at-${seconds}`;
  try {
    const argv = ['sh', '-eu', '-c', atScript, 'sh', places.replica, folder, String(seconds)];
    const { exitCode } = await docker.query(argv);
    if (exitCode !== 0) return false;
    await docker.pipe(['cat', `${folder}/dump.rdb`], { output: createWriteStream(file, { mode: 0o600 }) });
    return true;
  } finally {
    await docker.query(['rm', '-rf', folder]);
  }
}

// Its last file alone can be cut off at a second; a snapshot at its beginning that is younger has no answer.
const atScript = `
rm -rf "$2"; mkdir -p -m 700 "$2"; cp -a "$1/appendonlydir" "$2/"; cd "$2"
manifest=$(ls appendonlydir/*.manifest)
base=appendonlydir/$(sed -n 's/^file \\([^ ]*\\) .* type b.*/\\1/p' "$manifest")
[ ! -e "$base" ] || [ "$(redis-check-rdb "$base" | sed -n "s/.*AUX FIELD ctime = '\\([0-9]*\\)'.*/\\1/p")" -le "$3" ]
redis-check-aof --truncate-to-timestamp "$3" "$manifest"
redis-server --port 0 --unixsocket "$2/socket" --dir "$2" --appendonly yes --save '' --aof-timestamp-enabled yes \\
  --daemonize yes --pidfile "$2/pid" --logfile "$2/log" --stop-writes-on-bgsave-error no
n=0
until redis-cli -s "$2/socket" ping 2>/dev/null | grep -q PONG; do
  n=$((n + 1)); [ "$n" -lt 600 ] || { cat "$2/log" >&2; exit 1; }; sleep 0.1
done
answer=$(redis-cli -s "$2/socket" save); kill "$(cat "$2/pid")"
[ "$answer" = OK ] || { echo "$answer" >&2; exit 1; }
redis-check-rdb "$2/dump.rdb" > /dev/null`;
