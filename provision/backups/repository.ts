import { backupPorts, places, stanza } from '../../core/backupLayout.ts';
import { postgresData } from '../properties/postgres.ts';
import { Secret } from '../secret.ts';
import { addressOf, type Site } from '../site.ts';

export const repositoryPaths = {
  config: '/etc/pgbackrest/pgbackrest.conf',
  authority: '/etc/sla/pgbackrest/ca.crt',
  certificate: '/etc/sla/pgbackrest/host.pem',
  /** Of pgBackRest itself: what waits to be archived, and its locks. */
  work: '/var/lib/sla/pgbackrest',
} as const;

/** WAL that may wait on db for a repository that is not there; what is more is dropped, and said in PostgreSQL's log. */
const maxQueue = '512MiB';

/** As PostgreSQL calls it for each segment. */
export const archiveCommand = `pgbackrest --stanza=${stanza} archive-push %p`;

/**
 * What pgBackRest reads on db. The repository is docker's, which hands over the key of the repository for as long
 * as db needs it: none stands here.
 */
export const dbRepositoryConfig = (site: Site): string => `[global]
${reaches('repo1-host', 'docker')}
${server(addressOf(site, 'db'), 'docker')}
${common}
archive-async=y
archive-push-queue-max=${maxQueue}

${cluster}
`;

/** What pgBackRest reads on docker, where the repository is. How long backups are kept is decided elsewhere. */
export const dockerRepositoryConfig = (site: Site): Secret =>
  new Secret(`[global]
repo1-path=${places.repository}
repo1-cipher-type=aes-256-cbc
repo1-cipher-pass=${site.secrets.key.reveal()}
repo1-bundle=y
repo1-block=y
repo1-retention-full=9999999
expire-auto=n
${server(addressOf(site, 'docker'), 'db')}
${common}
start-fast=y
checksum-page=y

[global:backup]
log-level-console=info

${cluster}
${reaches('pg1-host', 'db')}
`);

const identity = (prefix: string): string => `${prefix}-ca-file=${repositoryPaths.authority}
${prefix}-cert-file=${repositoryPaths.certificate}
${prefix}-key-file=${repositoryPaths.certificate}`;

const reaches = (prefix: 'repo1-host' | 'pg1-host', host: 'db' | 'docker'): string => `${prefix}=${host}
${prefix}-type=tls
${prefix}-port=${backupPorts.pgbackrest}
${identity(prefix)}`;

/** Of all certificates of the authority only that of the other host opens it, for this stanza. */
const server = (address: string, client: 'db' | 'docker'): string => `tls-server-address=${address}
tls-server-port=${backupPorts.pgbackrest}
tls-server-auth=${client}=${stanza}
${identity('tls-server')}`;

// Nothing is logged into files: what the programs say is in the journal, or in PostgreSQL's log.
const common = `process-max=2
compress-type=zst
compress-level=1
archive-timeout=30
spool-path=${repositoryPaths.work}/spool
lock-path=${repositoryPaths.work}/lock
log-level-file=off
log-level-console=warn
log-level-stderr=off`;

const cluster = `[${stanza}]
pg1-path=${postgresData}`;

/** The unit of pgBackRest's server, on db and docker. */
export const repositoryServerUnit = `[Unit]
Description=SLA Lab: pgBackRest for the other host
After=network.target
StartLimitIntervalSec=0

[Service]
User=postgres
Group=postgres
ExecStart=/usr/bin/pgbackrest server
ExecReload=/bin/kill -HUP $MAINPID
Restart=always
RestartSec=100ms
# Backups give way to votes.
CPUWeight=50
Nice=10
MemoryMax=320M
NoNewPrivileges=yes

[Install]
WantedBy=multi-user.target
`;
