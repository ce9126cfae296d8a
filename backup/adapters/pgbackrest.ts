import { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { places, stanza } from '../../core/backupLayout.ts';
import { SlaError } from '../../core/errors.ts';
import type { Sql } from '../../core/fingerprint/adapters/sql.ts';
import type { Host } from '../../core/host.ts';
import type { Argv } from '../../core/shell.ts';
import {
  type ArchivedFile,
  archiveRuns,
  historyFiles,
  parseArchive,
  parseHistory,
  parseInfo,
  problemsIn,
} from '../pgbackrestInfo.ts';
import { segmentName, segmentNumberUpTo } from '../segments.ts';
import type { BackupKind, Fork, Repository, RepositoryContent } from '../types.ts';
import { translated } from './pgbackrestErrors.ts';

/** pgBackRest as the user that its files belong to. */
export const pgbackrest = (...words: readonly string[]): Argv => [
  'runuser',
  '--user',
  'postgres',
  '--',
  'pgbackrest',
  `--stanza=${stanza}`,
  // What it says of itself must not stand among what it answers.
  '--log-level-console=off',
  '--log-level-stderr=error',
  ...words,
];

/** The repository on docker. `sql` is a session with the database, for what only that can do. */
export const pgbackrestRepository = (docker: Host, sql?: Sql): Repository => ({
  content: () => translated(docker, () => contentOf(docker)),
  backUp: (kind, narrate) => translated(docker, () => backUp(docker, kind, narrate)),
  verify: () => translated(docker, () => verify(docker)),
  remove: (labels) => translated(docker, () => remove(docker, labels)),
  flushArchive: async () => {
    if (!sql) throw new Error('there is no session with the database');
    await flushArchive(sql);
  },
});

async function contentOf(docker: Host): Promise<RepositoryContent> {
  const { stdout } = await docker.exec(pgbackrest('info', '--output=json'));
  const { backups, archiveId, problem } = parseInfo(stdout, stanza);
  if (problem !== undefined) throw new Error(problem);
  if (archiveId === undefined) return { backups, archive: [], forks: [] };
  const folder = `${places.repository}/archive/${stanza}/${archiveId}`;
  const listed = await docker.query(['find', folder, '-type', 'f', '-printf', '%P %T@\\n']);
  const files = parseArchive(listed.stdout);
  return {
    backups,
    archive: archiveRuns(files),
    forks: await forksOf(docker, archiveId, historyFiles(files)),
  };
}

/** All in one command: their number grows with each restore. */
async function forksOf(
  docker: Host,
  archiveId: string,
  files: readonly ArchivedFile[],
): Promise<readonly Fork[]> {
  if (files.length === 0) return [];
  const paths = files.map(({ name }) => `archive/${stanza}/${archiveId}/${name}`);
  const script = 'for path in "$@"; do pgbackrest $OPTIONS repo-get "$path"; printf "\\f"; done';
  const options = pgbackrest().slice(5).join(' ');
  const { stdout } = await docker.exec([
    ...['runuser', '--user', 'postgres', '--', 'env', `OPTIONS=${options}`],
    ...['sh', '-eu', '-c', script, 'sh', ...paths],
  ]);
  const texts = stdout.split('\f');
  return files.flatMap(({ name, atMs }, index) => {
    const fork = parseHistory(name, texts[index] ?? '');
    return fork ? [{ ...fork, atMs }] : [];
  });
}

const types: Readonly<Record<BackupKind, string>> = {
  full: 'full',
  differential: 'diff',
  incremental: 'incr',
};

async function backUp(docker: Host, kind: BackupKind, narrate: (line: string) => void): Promise<string> {
  let label: string | undefined;
  const argv = pgbackrest('backup', `--type=${types[kind]}`).map((word) =>
    word === '--log-level-console=off' ? '--log-level-console=detail' : word,
  );
  const output = linesTo((line) => {
    label = /new backup label = (\S+)/.exec(line)?.[1] ?? label;
    const percent = /\((?:[\d.]+\s?\w+), ([\d.]+)%\)/.exec(line)?.[1];
    if (percent !== undefined) narrate(`${percent} % of the cluster is copied`);
  });
  await docker.pipe(argv, { output });
  if (label === undefined) throw new Error('pgBackRest ended well and named no backup');
  return label;
}

/** Hears whole lines, as they come. */
function linesTo(hear: (line: string) => void): Writable {
  let rest = '';
  return new Writable({
    write: (chunk, _encoding, done) => {
      const lines = (rest + String(chunk)).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) hear(line);
      done();
    },
    final: (done) => {
      hear(rest);
      done();
    },
  });
}

async function verify(docker: Host): Promise<readonly string[]> {
  const { stdout } = await docker.exec(pgbackrest('verify', '--output=text', '--verbose'));
  const problems = problemsIn(stdout);
  const isOk = /^status: ok$/m.test(stdout);
  return isOk || problems.length > 0
    ? problems
    : [`pgBackRest says neither that all is well nor what is not: ${stdout}`];
}

/** WAL goes when it is older than the oldest full backup that stays. */
async function remove(docker: Host, labels: readonly string[]): Promise<void> {
  for (const label of labels) {
    const { backups } = await contentOf(docker);
    if (!backups.some((backup) => backup.label === label)) continue;
    const left = backups.filter((backup) => backup.kind === 'full' && backup.label !== label).length;
    await docker.exec(
      pgbackrest(
        'expire',
        `--set=${label}`,
        '--repo1-retention-archive-type=full',
        `--repo1-retention-archive=${Math.max(1, left)}`,
      ),
    );
  }
}

const archiveDeadlineMs = 60_000;

/** Afterwards an instant up to now can be reached: a later commit, at which a replay can stop, is in the archive. */
async function flushArchive(sql: Sql): Promise<void> {
  await sql.query('SELECT pg_current_xact_id()');
  const [row] = await sql.query(
    `SELECT pg_walfile_name(pg_current_wal_insert_lsn()) AS file, pg_switch_wal()::text AS lsn`,
  );
  const timeline = Number.parseInt(String(row?.file).slice(0, 8), 16);
  const segment = segmentName({ timeline, number: segmentNumberUpTo(String(row?.lsn)) });
  const deadline = performance.now() + archiveDeadlineMs;
  for (;;) {
    const [state] = await sql.query(
      `SELECT last_archived_wal AS archived, last_failed_wal AS failed,
        (last_failed_time > last_archived_time)::text AS fails FROM pg_stat_archiver`,
    );
    if (String(state?.archived) >= segment) return;
    if (performance.now() > deadline)
      throw notArchived(segment, state?.fails === 'true' ? state.failed : null);
    await sleep(50);
  }
}

const notArchived = (segment: string, failed: string | null | undefined): SlaError =>
  new SlaError('backup-failed', `the WAL segment ${segment} of db is not archived after a minute`, {
    cause: failed ? `archiving ${failed} fails` : 'the archive is behind',
    remedy: 'follow docs/runbooks/backup-failed.md: the log of PostgreSQL on db says what pgBackRest answers',
  });
