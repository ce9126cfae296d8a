import type { Argv } from '../../core/shell.ts';
import type { Step } from '../types.ts';

const cluster = { version: '17', name: 'main' } as const;
export const postgresUnit = `postgresql@${cluster.version}-${cluster.name}.service`;
export const postgresFolder = `/etc/postgresql/${cluster.version}/${cluster.name}`;

export const postgresData = `/var/lib/postgresql/${cluster.version}/${cluster.name}`;

/** As old as the running server. */
export const postmasterFile = `${postgresData}/postmaster.pid`;

/** Restarts the unit $1 unless its server, as old as $3, was started after the settings in $2 were written. */
export const restartIfOlder = '[ "$3" -nt "$2" ] || systemctl restart "$1"';

/** Checksums are written into every page: 1 GiB takes seconds, 100 GiB a maintenance window. */
const maxChecksumBytes = 2 ** 30;

const query = `SELECT current_setting('data_checksums'), (SELECT sum(pg_database_size(oid)) FROM pg_database)`;
const read: Argv = ['runuser', '-u', 'postgres', '--', 'psql', '-XAtqc', query];

/** Ensures page checksums where the cluster is small enough to be stopped for them. */
export const dataChecksums = (): Step => ({
  name: 'PostgreSQL pages have checksums',
  why: 'a page that a disk has damaged is noticed when it is read, and not restored into the next backup',
  asks: [{ kind: 'command', argv: read }],
  diff: (facts) => {
    const { exitCode, stdout } = facts.command(read);
    const [setting, bytes] = stdout.split('|');
    if (exitCode !== 0 || setting === 'on' || Number(bytes) > maxChecksumBytes) return [];
    return [
      {
        kind: 'run',
        what: 'stop PostgreSQL, write checksums into its pages, start it again',
        run: ['sh', '-c', checksumScript, 'sh', postgresUnit],
      },
    ];
  },
});

// Started again whatever becomes of the checksums.
const checksumScript = `
systemctl stop "$1" || exit
runuser -u postgres -- /usr/lib/postgresql/${cluster.version}/bin/pg_checksums --enable --pgdata=${postgresData}
status=$?
systemctl start "$1" && exit $status`;
