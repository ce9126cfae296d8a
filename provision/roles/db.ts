import { streamRole } from '../../core/backupLayout.ts';
import { namesFile } from '../backups/guard.ts';
import { archiveCommand } from '../backups/repository.ts';
import { edited, file } from '../properties/file.ts';
import {
  dataChecksums,
  postgresFolder,
  postgresUnit,
  postmasterFile,
  restartIfOlder,
} from '../properties/postgres.ts';
import { type RedisSettings, redisLines, redisRunsWith } from '../properties/redis.ts';
import { active, dropIn, enabled, reload, restart } from '../properties/unit.ts';
import { addressOf, type Site } from '../site.ts';
import type { Declaration, Handler, Phase } from '../types.ts';
import { always } from './common.ts';

/** What the client's worker makes at its first start, which may come after the first connection. */
export const applicationSchema: readonly Declaration[] = Object.entries({
  'table public.votes': 'id character varying(255) not null, vote character varying(255) not null',
  'index public.votes_id_key': 'CREATE UNIQUE INDEX votes_id_key ON public.votes USING btree (id)',
  'constraint votes_id_key of public.votes': 'UNIQUE (id)',
}).map(([what, value]) => ({ kind: 'item', section: 'schemas', item: `postgres: ${what}`, value }));

/** PostgreSQL and Redis are back at once after a crash, lose nothing they confirmed, and talk to app only. */
export const dbPhases = (site: Site): readonly Phase[] => [
  {
    name: 'stores run',
    steps: [
      dropIn('postgresql@.service', postgresUnitLines, 'a crashed PostgreSQL is back at once'),
      dropIn('redis-server.service', redisUnitLines, 'a crashed Redis is back at once'),
      enabled('postgresql.service', 'PostgreSQL starts with its host'),
      enabled('redis-server.service', 'Redis starts with its host'),
      active(postgresUnit, 'votes are counted here'),
      active('redis-server.service', 'votes wait here'),
    ],
  },
  {
    name: 'store settings',
    steps: [
      redisRunsWith(redisSettings),
      file({
        path: '/etc/redis/sla.conf',
        content: redisLines(redisSettings),
        why: 'what Redis runs with survives its restart',
        owner: 'redis:redis',
        mode: '0640',
      }),
      edited(
        'redis.conf includes our settings, after all others',
        { path: '/etc/redis/redis.conf', why: 'the delivered file stays as it is but for its last line' },
        (text) => (text.includes(include) ? text : `${text.trimEnd()}\n${include}\n`),
      ),
      file({
        path: settingsPath,
        content: postgresSettings,
        why: 'ready for backups and replicas; memory that fits a host of 1 GiB shared with Redis',
        handlers: [restartPostgres],
      }),
      // Behind the settings: it starts PostgreSQL, and Debian takes two seconds for each start.
      dataChecksums(),
      file({
        path: `${postgresFolder}/pg_hba.conf`,
        content: hostBasedAccess(site),
        why: 'the delivered password is public: only app may try it, and docker',
        owner: 'postgres:postgres',
        mode: '0640',
        handlers: [reload(postgresUnit)],
      }),
    ],
  },
];

const settingsPath = `${postgresFolder}/conf.d/sla.conf`;

// The delivered result page keeps one connection and never makes another.
const restartPostgres: Handler = {
  ...restart(postgresUnit, ['result']),
  run: ['sh', '-c', restartIfOlder, 'sh', postgresUnit, settingsPath, postmasterFile],
};

// Ending the unit's own way is not a crash: systemctl stop stays stopped.
const postgresUnitLines: readonly string[] = [
  ...always,
  'OOMScoreAdjust=-900',
  'CPUWeight=600',
  'MemoryMin=128M',
];
const redisUnitLines: readonly string[] = [
  ...always,
  'OOMScoreAdjust=-800',
  'CPUWeight=600',
  'MemoryMin=64M',
];

const redisSettings: RedisSettings = {
  appendonly: 'yes',
  appendfsync: 'everysec',
  maxmemory: String(256 * 2 ** 20),
  'maxmemory-policy': 'noeviction',
  'tcp-keepalive': '60',
  // A replica that was away for a while goes on where it was, instead of beginning anew.
  'repl-backlog-size': String(16 * 2 ** 20),
  'repl-diskless-sync-delay': '0',
};

const include = 'include /etc/redis/sla.conf';

const postgresSettings = `wal_level = replica
max_wal_senders = 5
wal_compression = on
max_wal_size = 512MB
checkpoint_completion_target = 0.9
checkpoint_timeout = 5min
fsync = on
synchronous_commit = on
full_page_writes = on

# Each segment goes to the repository, every 10 s when anything was written; and docker receives it as it is written.
archive_mode = on
archive_command = '${archiveCommand}'
archive_timeout = 10s
max_replication_slots = 5
# What docker did not receive is kept so far; then its slot is given up, and the database goes on.
max_slot_wal_keep_size = 512MB
wal_keep_size = 64MB
# A receiver that is gone gives its slot free.
wal_sender_timeout = 5s
# Whom a commit waits for, as the guard decides.
include_if_exists = '${namesFile}'

shared_buffers = 192MB
effective_cache_size = 448MB
work_mem = 4MB
maintenance_work_mem = 64MB
max_connections = 100

password_encryption = scram-sha-256
tcp_keepalives_idle = 30
tcp_keepalives_interval = 5
tcp_keepalives_count = 3
log_checkpoints = on
log_lock_waits = on
log_min_duration_statement = 1s
`;

/**
 * The user and password are compiled into the delivered worker and result, so that the password cannot be
 * changed without them. Who may try it can be.
 */
const hostBasedAccess = (site: Site): string => `local all         all                        peer
local replication all                        peer
host  all         all  127.0.0.1/32           scram-sha-256
host  all         all  ::1/128                scram-sha-256
host  replication all  127.0.0.1/32           scram-sha-256
host  all         all  ${addressOf(site, 'app')}/32  scram-sha-256
host  all         all  ${addressOf(site, 'docker')}/32  scram-sha-256
host  replication ${streamRole}  ${addressOf(site, 'docker')}/32  scram-sha-256
`;
