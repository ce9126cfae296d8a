import { places, stanza } from '../../core/backupLayout.ts';
import type { Host } from '../../core/host.ts';
import type { Argv } from '../../core/shell.ts';
import type { PostgresPlan } from '../planRestore.ts';
import { findingFrom } from './blame.ts';
import type { CheckName, Finding } from './findings.ts';
import { containerArgv, containerName, pathsOf, type Scratch, type ScratchProgram } from './scratch.ts';

/** Where the drill finds the repository, and the file with its key. */
export interface RepositorySource {
  readonly folder: string;
  readonly keyFile: string;
}

export const originalRepository: RepositorySource = { folder: places.repository, keyFile: places.keyFile };

const programs = '/usr/lib/postgresql/17/bin';

const config = (scratch: Scratch): string => `${pathsOf(scratch).postgres}/pgbackrest.conf`;

/**
 * Brings the backup into the scratch folder, with docker's own pgBackRest under a configuration of its own: the
 * usual one knows db as the host of the cluster, and would restore nowhere else.
 */
export async function restoreInto(
  docker: Host,
  scratch: Scratch,
  plan: PostgresPlan,
  source: RepositorySource,
): Promise<Finding> {
  const { data, postgres } = pathsOf(scratch);
  await docker.exec([
    ...['sh', '-eu', '-c', configScript, 'sh'],
    ...[config(scratch), source.keyFile, source.folder, data, stanza, postgres],
  ]);
  const argv = ['timeout', '1200', 'nice', '-n', '10', 'runuser', '--user', 'postgres', '--'];
  return findingFrom('restore', await docker.query([...argv, ...restoreArgv(scratch, plan)]));
}

const configScript = `umask 077
{
  printf '[global]\\nrepo1-path=%s\\nrepo1-cipher-type=aes-256-cbc\\nrepo1-cipher-pass=%s\\n' "$3" "$(cat "$2")"
  printf 'log-level-file=off\\nlog-level-console=warn\\nprocess-max=2\\n'
  # What a damaged file does once it does again.
  printf 'job-retry=0\\n'
  printf 'lock-path=%s/lock\\n[%s]\\npg1-path=%s\\n' "$6" "$5" "$4"
} > "$1"
printf 'local all all trust\\n' > "$6/hba.conf"
: > "$6/ident.conf"; : > "$6/postgresql.conf"
chown postgres:postgres "$1" "$6"/*.conf`;

function restoreArgv(scratch: Scratch, { backup, timeline, until }: PostgresPlan): Argv {
  if (until.kind !== 'restore point') throw new Error(`a drill goes to a cut, and not to ${until.kind}`);
  return [
    ...['pgbackrest', `--config=${config(scratch)}`, `--stanza=${stanza}`, 'restore', `--set=${backup}`],
    ...['--type=name', `--target=${until.name}`, `--target-timeline=${timeline}`],
    // It must never send WAL to the archive it came from.
    ...['--target-action=promote', '--archive-mode=off'],
    `--tablespace-map-all=${pathsOf(scratch).postgres}/tablespaces`,
  ];
}

// On the command line: what ALTER SYSTEM said on db lies in the restored folder, and has its say after any file.
const settings = (scratch: Scratch): Readonly<Record<string, string>> => ({
  config_file: `${pathsOf(scratch).postgres}/postgresql.conf`,
  hba_file: `${pathsOf(scratch).postgres}/hba.conf`,
  ident_file: `${pathsOf(scratch).postgres}/ident.conf`,
  listen_addresses: '',
  port: '5432',
  unix_socket_directories: pathsOf(scratch).postgresSocket,
  unix_socket_permissions: '0777',
  ssl: 'off',
  shared_buffers: '128MB',
  max_connections: '20',
  max_prepared_transactions: '64',
  hot_standby: 'off',
  archive_mode: 'off',
  archive_command: '',
  synchronous_standby_names: '',
  autovacuum: 'off',
  logging_collector: 'off',
  log_destination: 'stderr',
  // Nothing of it outlives the drill.
  fsync: 'off',
  full_page_writes: 'off',
});

/**
 * Starts PostgreSQL on the restored data; it replays up to the cut and then answers. It fetches the WAL itself, one
 * segment at a time, from the repository that it can read and not write: all that lies between a backup and a cut
 * would not fit on the disk beside it.
 */
export async function startPostgres(
  docker: Host,
  scratch: Scratch,
  source: RepositorySource,
): Promise<Finding> {
  const given = Object.entries(settings(scratch)).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const started = await docker.query(
    containerArgv(scratch, {
      ...inPostgres([`${programs}/postgres`, '-D', pathsOf(scratch).data, ...given]),
      name: 'postgres',
      reads: [source.folder],
    }),
  );
  if (started.exitCode !== 0) return findingFrom('recovery', started);
  const words = [containerName(scratch, 'postgres'), pathsOf(scratch).postgresSocket];
  return findingFrom(
    'recovery',
    await docker.query(['timeout', '1200', 'sh', '-u', '-c', waitScript, 'sh', ...words]),
  );
}

const inPostgres = (command: Argv): ScratchProgram => ({ user: 'postgres', command });

const waitScript = `
docker wait "$1" > /dev/null 2>&1 & waiter=$!
until pg_isready --quiet --host="$2" --username=postgres; do
  kill -0 $waiter 2> /dev/null || {
    docker inspect --format '{{if .State.OOMKilled}}OOMKilled{{end}}' "$1"
    docker logs "$1" 2>&1 | grep -aE 'FATAL|PANIC|ERROR|invalid|terminated by signal' \\
      | grep -avE 'not accepting connections|is starting up' | tail -n 4
    exit 1
  }
  sleep 0.05
done
kill $waiter`;

/** Every value of every table is read and written out, in each database. */
export const readEveryTable = (docker: Host, scratch: Scratch): Promise<Finding> =>
  checkWith(docker, scratch, 'every table is read', [
    ...['pg_dumpall', ...asSuperuser(scratch), '--no-role-passwords', '--no-sync', '--file=/dev/null'],
  ]);

/** Compares each index with its table and looks into every page. Adds its extension: compare before. */
export const checkStructure = (docker: Host, scratch: Scratch): Promise<Finding> =>
  checkWith(docker, scratch, 'pg_amcheck', [
    ...[`${programs}/pg_amcheck`, ...asSuperuser(scratch), '--all', '--install-missing', '--jobs=2'],
    ...['--heapallindexed', '--parent-check', '--checkunique'],
  ]);

const checkWith = async (docker: Host, scratch: Scratch, check: CheckName, command: Argv): Promise<Finding> =>
  findingFrom(check, await docker.query(containerArgv(scratch, inPostgres(command))));

const asSuperuser = (scratch: Scratch): Argv => [
  `--host=${pathsOf(scratch).postgresSocket}`,
  '--username=postgres',
  '--no-password',
];

/** Stops PostgreSQL, then compares every page with its checksum: of a running one pages are on their way. */
export async function checkPages(docker: Host, scratch: Scratch): Promise<Finding> {
  const check = 'page checksums';
  const stopped = await docker.query(['docker', 'stop', '--time=120', containerName(scratch, 'postgres')]);
  if (stopped.exitCode !== 0) return findingFrom(check, stopped);
  const { data } = pathsOf(scratch);
  const result = await docker.query(
    containerArgv(scratch, inPostgres([`${programs}/pg_checksums`, '--check', '-D', data])),
  );
  if (result.exitCode !== 0 && /data checksums are not enabled/.test(result.stderr))
    return { check, kind: 'does not apply', text: 'the cluster of db was made without page checksums' };
  return findingFrom(check, result);
}
