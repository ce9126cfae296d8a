import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { SlaError } from '../../core/errors.ts';
import type { Host } from '../../core/host.ts';
import { runLocal } from '../../core/local.ts';
import { type Argv, quoteArgv } from '../../core/shell.ts';
import { copyFiles } from './copy.ts';

const asPostgres = (argv: Argv): Argv => ['runuser', '--user', 'postgres', '--', ...argv];

/** Writes both stores of db into a folder. `ssh` reaches db; nothing may write to the stores meanwhile. */
export async function saveStores(ssh: Argv, folder: string): Promise<void> {
  await fetchOutput(ssh, asPostgres(['pg_dumpall', '--globals-only']), join(folder, copyFiles.globals));
  await fetchOutput(
    ssh,
    asPostgres(['pg_dump', '--format=custom', 'postgres']),
    join(folder, copyFiles.database),
  );
  await fetchOutput(
    ssh,
    ['sh', '-c', 'redis-cli save >&2 && cat /var/lib/redis/dump.rdb'],
    join(folder, copyFiles.redis),
  );
  insistOnMagic(join(folder, copyFiles.database), 'PGDMP');
  insistOnMagic(join(folder, copyFiles.redis), 'REDIS');
}

/** Puts a copy back on a fresh db, whose stores nobody else reaches yet; both run afterwards. */
export async function restoreStores(ssh: Argv, db: Host, folder: string): Promise<void> {
  await sendInput(ssh, asPostgres(['sh', '-c', restoreGlobals]), join(folder, copyFiles.globals));
  const restore = ['pg_restore', '--clean', '--if-exists', '--exit-on-error', '--dbname=postgres'];
  await sendInput(ssh, asPostgres(restore), join(folder, copyFiles.database));
  await sendInput(ssh, ['sh', '-eu', '-c', placeRdb], join(folder, copyFiles.redis));
  await db.exec(['sh', '-eu', '-c', loadRdb]);
}

// The role that runs this exists already; everything else must not fail.
const restoreGlobals =
  "sed '/^CREATE ROLE postgres;$/d' | psql --quiet --no-psqlrc --set=ON_ERROR_STOP=1 --dbname=postgres >/dev/null";

const placeRdb = [
  'systemctl stop redis-server.service',
  'rm -rf /var/lib/redis/appendonlydir',
  'install --owner=redis --group=redis --mode=640 /dev/stdin /var/lib/redis/dump.rdb',
].join('\n');

// With its append-only file on, Redis ignores an RDB: it is loaded without, and the file is made from what it loaded.
const loadRdb = `
appends=$(awk '$1 == "appendonly" { last = $2 } END { print last }' /etc/redis/redis.conf $(awk '$1 == "include" { print $2 }' /etc/redis/redis.conf))
if [ "$appends" = yes ]; then
  socket=/var/lib/redis/restore.sock
  runuser --user redis -- redis-server --dir /var/lib/redis --appendonly no --port 0 --unixsocket $socket --daemonize yes >/dev/null
  until [ "$(redis-cli -s $socket ping 2>/dev/null)" = PONG ]; do sleep 0.05; done
  redis-cli -s $socket config set appendonly yes >/dev/null
  until redis-cli -s $socket info persistence | grep -q '^aof_rewrite_in_progress:0'; do sleep 0.05; done
  redis-cli -s $socket shutdown save >/dev/null || true
  while [ -S $socket ]; do sleep 0.05; done
fi
systemctl start redis-server.service
until [ "$(redis-cli ping 2>/dev/null)" = PONG ]; do sleep 0.05; done
`;

async function fetchOutput(ssh: Argv, argv: Argv, file: string): Promise<void> {
  await pipeline(argv, `${quoteArgv([...ssh, quoteArgv(argv)])} > ${quoteArgv([file])}`);
}

async function sendInput(ssh: Argv, argv: Argv, file: string): Promise<void> {
  await pipeline(argv, `${quoteArgv([...ssh, quoteArgv(argv)])} < ${quoteArgv([file])}`);
}

/** Bytes go through the ssh program, because a session of ours would take them for text. */
async function pipeline(argv: Argv, line: string): Promise<void> {
  const done = await runLocal(['bash', '-c', `umask 077; ${line}`]);
  if (done.exitCode === 0) return;
  throw new SlaError(
    'remote-command-failed',
    `"${quoteArgv(argv.slice(0, 6))}" on db ended with status ${done.exitCode}`,
    {
      cause: done.stderr.trim(),
      remedy: 'run "./sla doctor db"; then run the same command again',
    },
  );
}

function insistOnMagic(file: string, magic: string): void {
  const head = Buffer.alloc(magic.length);
  const descriptor = openSync(file, 'r');
  readSync(descriptor, head);
  closeSync(descriptor);
  if (head.toString('latin1') === magic && statSync(file).size > 16) return;
  throw new Error(`${file} does not begin with ${magic}: it is no copy`);
}
