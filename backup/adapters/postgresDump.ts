import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { unitOf } from '../../core/application.ts';
import type { Host } from '../../core/host.ts';
import type { Argv } from '../../core/shell.ts';
import type { StoreBackup } from '../types.ts';
import { fetchOutput, insistOnMagic, type SshProgram, sendInput } from './wire.ts';

/**
 * PostgreSQL as its own dumps: the roles, each database in the custom format with its owner, grants and settings,
 * and what ALTER SYSTEM wrote. Not in it: changes to template1.
 */
export const postgresDump = (db: Host, ssh: SshProgram): StoreBackup => ({
  store: 'postgres',
  answers: async () => (await db.query(asPostgres(ask('SELECT 1')))).exitCode === 0,
  save: (folder) => save(db, ssh, folder),
  restore: (folder) => restore(db, ssh, folder),
});

const files = { roles: 'roles.sql', system: 'postgresql.auto.conf' } as const;
const dumpFile = (number: number): string => `database-${number}.dump`;

const asPostgres = (argv: Argv): Argv => ['runuser', '--user', 'postgres', '--', ...argv];
const psql: Argv = ['psql', '--no-psqlrc', '--quiet', '--set=ON_ERROR_STOP=1'];
const ask = (query: string): Argv => [
  'timeout',
  '10',
  ...psql,
  '--tuples-only',
  '--no-align',
  '--dbname=template1',
  `--command=${query}`,
];

async function save(db: Host, ssh: SshProgram, folder: string): Promise<void> {
  const databases = await databasesOf(db);
  await Promise.all([
    keepText(db, asPostgres(['pg_dumpall', '--globals-only']), join(folder, files.roles)),
    keepText(db, asPostgres(['sh', '-eu', '-c', readSystem]), join(folder, files.system)),
    ...databases.map(async (name, number) => {
      const file = join(folder, dumpFile(number));
      await fetchOutput(ssh, asPostgres([...dump, name]), file);
      insistOnMagic(file, 'PGDMP');
    }),
  ]);
}

/** What is text goes through the session that is open: another login costs more than all of it. */
async function keepText(db: Host, argv: Argv, file: string): Promise<void> {
  writeFileSync(file, (await db.exec(argv)).stdout, { mode: 0o600 });
}

const textIn = (folder: string, file: string): string => readFileSync(join(folder, file), 'utf8');

const dump: Argv = ['pg_dump', '--format=custom', '--compress=1', '--create', '--lock-wait-timeout=10s'];

async function databasesOf(db: Host): Promise<readonly string[]> {
  const query = 'SELECT json_agg(datname ORDER BY datname) FROM pg_database WHERE NOT datistemplate';
  return JSON.parse((await db.exec(asPostgres(ask(query)))).stdout) ?? [];
}

const ownFile = '"$(psql -XAtqd template1 -c \'SHOW data_directory\')/postgresql.auto.conf"';
const readSystem = `cat ${ownFile}`;

/** Everything goes first, so that a restore that failed half-way can be repeated. */
async function restore(db: Host, ssh: SshProgram, folder: string): Promise<void> {
  await db.exec(['systemctl', 'start', unit]);
  await db.exec(asPostgres(['sh', '-eu', '-c', replaceSystem]), textIn(folder, files.system));
  await db.exec(['sh', '-eu', '-c', takeSystem, 'sh', unit]);
  await db.exec(asPostgres([...psql, '--dbname=template1', '--output=/dev/null']), empty);
  await db.exec(asPostgres(['sh', '-eu', '-c', restoreRoles]), textIn(folder, files.roles));
  for (let number = 0; existsSync(join(folder, dumpFile(number))); number += 1)
    await sendInput(ssh, asPostgres(restoreDump), join(folder, dumpFile(number)));
}

const unit = unitOf('postgres');

// The mark of a change that a killed run did not get to restart for.
const changedMark = '/var/lib/postgresql/.sla-system-changed';
const replaceSystem = `
own=${ownFile}
cat > "$own.sla"
if cmp -s "$own" "$own.sla"; then rm "$own.sla"; else touch ${changedMark}; mv "$own.sla" "$own"; fi
`;
const takeSystem = `[ ! -e ${changedMark} ] || { systemctl restart "$1"; rm ${changedMark}; }`;

const empty = `
SELECT format('ALTER DATABASE %I ALLOW_CONNECTIONS false', datname) FROM pg_database WHERE NOT datistemplate \\gexec
SELECT format('DROP DATABASE %I WITH (FORCE)', datname) FROM pg_database WHERE NOT datistemplate \\gexec
SELECT format('DROP ROLE %I', rolname) FROM pg_roles WHERE rolname !~ '^pg_' AND rolname <> 'postgres' \\gexec
`;

// The role that runs this is there; the first such line is the dump's own, a later one may be somebody's text.
const restoreRoles =
  "sed '0,/^CREATE ROLE postgres;$/{/^CREATE ROLE postgres;$/d}' | psql -Xqd template1 -v ON_ERROR_STOP=1 -o /dev/null";

const restoreDump: Argv = ['pg_restore', '--create', '--exit-on-error', '--dbname=template1'];
