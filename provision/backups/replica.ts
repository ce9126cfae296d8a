import { backupPorts, places } from '../../core/backupLayout.ts';
import { redisLines } from '../properties/redis.ts';
import { addressOf, type Site } from '../site.ts';

export const replicaConfig = '/etc/sla/replica.conf';

/**
 * A replica of which only the append-only file matters. It is rewritten only when the replica is filled anew.
 * Redis on db has a limit of memory; a replica obeys the one of its master, so that none stands here.
 */
export const replicaSettings = (site: Site): string =>
  redisLines({
    bind: '127.0.0.1',
    port: String(backupPorts.replica),
    'protected-mode': 'yes',
    dir: places.replica,
    replicaof: `${addressOf(site, 'db')} 6379`,
    'replica-read-only': 'yes',
    'repl-timeout': '10',
    save: '""',
    appendonly: 'yes',
    appendfsync: 'everysec',
    'aof-timestamp-enabled': 'yes',
    'auto-aof-rewrite-percentage': '0',
  });

export const replicaUnit = `[Unit]
Description=SLA Lab: replica of Redis on db, for its append-only file
After=network.target
StartLimitIntervalSec=0

[Service]
Type=notify
User=redis
Group=redis
ExecStart=/usr/bin/redis-server ${replicaConfig} --supervised systemd --daemonize no
Restart=always
RestartSec=100ms
UMask=0077
LimitNOFILE=65535
OOMScoreAdjust=-500
CPUWeight=300
MemoryMax=512M
NoNewPrivileges=yes
ProtectSystem=strict
ReadWritePaths=${places.replica}
PrivateTmp=yes

[Install]
WantedBy=multi-user.target
`;
