import { PassThrough } from 'node:stream';
import { unitOf } from '../../core/application.ts';
import { places, stanza } from '../../core/backupLayout.ts';
import { SlaError } from '../../core/errors.ts';
import type { Host } from '../../core/host.ts';
import type { Argv } from '../../core/shell.ts';
import { parseHistory } from '../pgbackrestInfo.ts';
import type { PostgresPlan } from '../planRestore.ts';
import { disproof } from '../proof.ts';
import { parseSegment, segmentFrom, segmentName } from '../segments.ts';
import { translated } from './pgbackrestErrors.ts';

const data = '/var/lib/postgresql/17/main';
const unit = unitOf('postgres');

/** What lies on db: `id` tells one restore from another. */
export interface DataState {
  /** The restored data stands where PostgreSQL reads it. */
  readonly isSwitched: boolean;
  /** The data from before lies beside it. */
  readonly hasOld: boolean;
}

export async function dataState(db: Host, id: string): Promise<DataState> {
  const { stdout } = await db.exec(['sh', '-c', `${names}\n${stateScript}`, 'sh', id]);
  return { isSwitched: stdout.includes('switched'), hasOld: stdout.includes('old') };
}

// The marker lies in the data it belongs to: two renames could not be told apart after a power failure.
const names = `data=${data} new=${data}.sla-new old=${data}.sla-old marker=.sla-restore unit=${unit}
is_ours() { [ "$(cat "$1/$marker" 2>/dev/null)" = "$id" ]; }
id=$1
# What an interrupted run began comes to its end first.
exec 9>/run/lock/sla-restore; flock 9`;

const stateScript = `! is_ours "$data" || echo switched
[ ! -d "$old" ] || echo old`;

/**
 * Makes the data of the plan beside what PostgreSQL runs on, which goes on meanwhile. What the old data has in
 * common with the backup is copied on db, and each file compared with its checksum. Safe to repeat. Errors:
 * `repository-full` for the disk of db, those of pgBackRest.
 */
export async function fetchData(db: Host, id: string, plan: PostgresPlan): Promise<void> {
  const bytes = String(plan.clusterBytes);
  await translated(db, () =>
    db.exec(['sh', '-eu', '-c', `${names}\n${fetchScript}`, 'sh', id, bytes, ...restoreArgv(plan)]),
  );
}

const fetchScript = `bytes=$2; shift 2
! is_ours "$data" || exit 0
if [ ! -d "$new" ]; then
  need=$((bytes / 1024)) free=$(df --output=avail -k "$(dirname "$data")" | tail -n 1)
  [ "$free" -gt $((need + need / 10 + 65536)) ] || { echo "db has $free KiB free, and $need KiB are restored beside the old data" >&2; exit 1; }
  install -d -o postgres -g postgres -m 700 "$new"
fi
# Of files that change meanwhile, or go, nothing is expected: each is compared afterwards.
[ -e "$new/PG_VERSION" ] || [ ! -e "$data/PG_VERSION" ] || (cd "$data" && find . -mindepth 1 -maxdepth 1 ! -name pg_wal \\
  ! -name 'postmaster.*' ! -name "$marker" -exec cp -a --reflink=auto -t "$new" {} + 2>/dev/null) || :
rm -f "$new/postmaster.pid" "$new/$marker"
"$@"
printf %s "$id" > "$new/$marker"; chown postgres:postgres "$new/$marker"; sync -f "$new"`;

function restoreArgv({ backup, timeline, until }: PostgresPlan): Argv {
  const target = {
    end: () => ['--type=default'],
    'restore point': () => ['--type=name', `--target=${'name' in until ? until.name : ''}`],
    instant: () => ['--type=time', `--target=${'atMs' in until ? postgresTime(until.atMs) : ''}`],
  }[until.kind]();
  return [
    ...['runuser', '--user', 'postgres', '--', 'pgbackrest', `--stanza=${stanza}`],
    ...['--log-level-console=off', '--log-level-stderr=error'],
    ...[`--pg1-path=${data}.sla-new`, '--delta', `--set=${backup}`, `--target-timeline=${timeline}`],
    ...target,
    ...(until.kind === 'end' ? [] : ['--target-action=promote']),
    // By itself pgBackRest would write the place of now into it, which is another one after the switch.
    `--recovery-option=restore_command=pgbackrest --stanza=${stanza} archive-get %f "%p"`,
    'restore',
  ];
}

/**
 * Gives the data that is being restored what docker received of the WAL and never archived: the last commits before
 * db was lost. PostgreSQL asks the archive first. Names of the segments.
 */
export async function addStreamed(db: Host, docker: Host, plan: PostgresPlan): Promise<readonly string[]> {
  const { stdout } = await docker.query(['ls', places.stream]);
  const added: string[] = [];
  for (const file of stdout.split('\n')) {
    const segment = parseSegment(file.replace(/\.partial$/, ''));
    const isNewer = segment && segment.number > segmentFrom(plan.wal.last).number;
    if (!isNewer || segment.timeline !== plan.timeline) continue;
    const bytes = new PassThrough();
    const path = `${data}.sla-new/pg_wal/${segmentName(segment)}`;
    await Promise.all([
      docker.pipe(['cat', `${places.stream}/${file}`], { output: bytes }),
      db.pipe(['sh', '-eu', '-c', placeScript, 'sh', path], { input: bytes }),
    ]);
    added.push(file);
  }
  return added;
}

const placeScript = 'umask 077; cat > "$1"; chown postgres:postgres "$1"; sync "$1"';

const postgresTime = (atMs: number): string =>
  new Date(atMs).toISOString().replace('T', ' ').replace('Z', '+00');

/**
 * Puts the restored data in the place of the old, which stays beside it, and waits until PostgreSQL serves from it.
 * There is never a moment with neither. Safe to repeat. Error: `restore-failed` when the target was not reached;
 * `goBack` then brings the old data back.
 */
export async function switchData(db: Host, id: string, plan: PostgresPlan): Promise<void> {
  const { exitCode, stderr } = await db.query(['sh', '-eu', '-c', `${names}\n${switchScript}`, 'sh', id]);
  if (exitCode !== 0) throw notReached(stderr.trim());
  const { stdout } = await db.exec(['sh', '-eu', '-c', `${names}\n${historyScript}`, 'sh', id]);
  const [file = '', ...text] = stdout.split('\n');
  const history = parseHistory(file, text.join('\n'));
  const problem = history ? disproof(plan, history) : 'it began no timeline of its own';
  if (problem !== undefined) throw notReached(problem);
}

const switchScript = `
if ! is_ours "$data"; then
  is_ours "$new" || { echo "nothing is restored beside $data" >&2; exit 1; }
  systemctl stop "$unit"
  if [ -d "$data" ]; then mv --exchange -T "$new" "$data"; else mv -T "$new" "$data"; fi
  sync "$(dirname "$data")"
fi
if [ -d "$new" ]; then rm -rf "$old"; mv -T "$new" "$old"; sync "$(dirname "$data")"; fi
log=/var/log/postgresql/postgresql-17-main.log; before=$(stat -c %s "$log" 2>/dev/null || echo 0)
systemctl reset-failed "$unit" 2>/dev/null || :
systemctl start "$unit" || :
until [ "$(runuser -u postgres -- psql -XAtqd template1 -c 'SELECT pg_is_in_recovery()' 2>/dev/null)" = f ]; do
  said=$(tail -c +$((before + 1)) "$log" | grep -a 'FATAL' | grep -av 'the database system is' | tail -n 2)
  [ -z "$said" ] || { systemctl stop "$unit"; echo "$said" >&2; exit 1; }
  sleep 0.1
done`;

const historyScript = `cd "$data/pg_wal"
file=$(runuser -u postgres -- psql -XAtqd template1 -c 'SELECT left(pg_walfile_name(pg_current_wal_lsn()), 8)').history
echo "$file"; cat "$file"`;

/** Brings back the data from before, whatever became of the other. Safe to repeat. */
export async function goBack(db: Host, id: string): Promise<void> {
  await db.exec(['sh', '-eu', '-c', `${names}\n${backScript}`, 'sh', id]);
}

const backScript = `
if is_ours "$data"; then
  # Cut off between the exchange and the new name: what lies there is the old data.
  if [ -d "$new" ]; then rm -rf "$old"; mv -T "$new" "$old"; fi
  [ -d "$old" ] || { echo "there is no old data to go back to" >&2; exit 1; }
  systemctl stop "$unit" || :
  mv --exchange -T "$old" "$data"; sync "$(dirname "$data")"
  rm -rf "$old"
fi
rm -rf "$new"
systemctl reset-failed "$unit" 2>/dev/null || :
systemctl start "$unit"`;

/** Ends a restore: the old data goes, and nothing tells PostgreSQL to recover any more. Safe to repeat. */
export async function forgetOld(db: Host, id: string): Promise<void> {
  await db.exec(['sh', '-eu', '-c', `${names}\n${forgetScript}`, 'sh', id]);
}

const resets = [
  'restore_command',
  ...['name', 'time', 'timeline', 'action'].map((what) => `recovery_target_${what}`),
].map((name) => `-c 'ALTER SYSTEM RESET ${name}'`);

const forgetScript = `
runuser -u postgres -- psql -XAtqd template1 ${resets.join(' ')}
rm -rf "$old" "$new" "$data/$marker"`;

const notReached = (cause: string): SlaError =>
  new SlaError('restore-failed', 'PostgreSQL did not get to where it should', {
    cause,
    remedy: 'the data from before is back; choose another target with "./sla backup list"',
  });
