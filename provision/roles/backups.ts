import type { HostName } from '../../core/application.ts';
import { backupUnits, copies, places, streamRole } from '../../core/backupLayout.ts';
import type { Argv } from '../../core/shell.ts';
import { copyAuthorized, copyFiles, copyHome, copyKnownHosts, copySshConfig } from '../backups/copyAccess.ts';
import { guardProgram, guardScript, guardUnit } from '../backups/guard.ts';
import { replicaConfig, replicaSettings, replicaUnit } from '../backups/replica.ts';
import {
  dbRepositoryConfig,
  dockerRepositoryConfig,
  repositoryPaths,
  repositoryServerUnit,
} from '../backups/repository.ts';
import { stanzaProgram, stanzaScript, streamPassFile } from '../backups/stanza.ts';
import { streamProgram, streamScript, streamUnit } from '../backups/stream.ts';
import { declaredFile } from '../declarations.ts';
import { fileText, keyItem } from '../inventory/values.ts';
import { account } from '../properties/account.ts';
import { file } from '../properties/file.ts';
import { folders } from '../properties/folders.ts';
import { installed } from '../properties/installed.ts';
import { streamRoleFile, streamRoleReady } from '../properties/streamRole.ts';
import { active, daemonReload, enabled, masked, restart } from '../properties/unit.ts';
import { Secret } from '../secret.ts';
import { addressOf, hostOf, type Site } from '../site.ts';
import type { Declaration, Handler, Phase, Role, Step } from '../types.ts';

/** What a host carries for backups; nothing of it is needed for a vote to be counted. */
export const backupPhases: Readonly<Record<HostName, (site: Site) => readonly Phase[]>> = {
  app: (site) => [
    { name: 'packages of the backups', steps: [installed('rsync', why.copies)] },
    { name: 'copies', steps: copySteps(site) },
  ],
  db: (site) => [
    { name: 'packages of the backups', steps: [installed('pgbackrest', why.repository)] },
    { name: 'files of the backups', steps: dbFiles(site) },
    {
      name: runPhase,
      steps: [
        ...running(backupUnits.repositoryServer, why.repository),
        ...running(backupUnits.syncGuard, why.guard),
        // Last: from here on docker may begin.
        streamRoleReady(site.secrets.streamPassword),
      ],
    },
  ],
  docker: (site) => [
    { name: 'before the packages of the backups', steps: dockerPreparation },
    { name: 'packages of the backups', steps: dockerPackages },
    { name: 'files of the backups', steps: dockerFiles(site) },
    {
      name: runPhase,
      steps: [
        ...running(backupUnits.repositoryServer, why.repository),
        ...running(backupUnits.stream, why.stream),
        ...running(backupUnits.replica, why.replica),
      ],
    },
  ],
};

/** Whether a role has them, all or in part. */
export const carriesBackups = ({ phases }: Role): boolean => phases.some(({ name }) => name === runPhase);

const runPhase = 'backups run';

const why = {
  repository: 'backups and WAL of PostgreSQL lie on another host than it, encrypted',
  stream: 'a commit is on docker before it is confirmed',
  guard: 'a docker host that is lost or full must not stop the database',
  replica: 'each accepted vote is written down on another host than Redis',
  copies: 'the loss of any one host loses no backup',
} as const;

const running = (unit: string, reason: string): readonly Step[] => [
  enabled(unit, reason),
  active(unit, reason),
];

const unitFile = (unit: string, content: string, reason: string): Step =>
  file({
    path: `/etc/systemd/system/${unit}`,
    content,
    why: reason,
    handlers: [daemonReload, restart(unit)],
  });

/** A program of ours; what runs it is restarted when it changes. */
const program = (path: string, content: string, reason: string, handlers: readonly Handler[] = []): Step =>
  file({ path, content, mode: '0755', why: reason, handlers });

function repositoryFiles(site: Site, host: 'db' | 'docker'): readonly Step[] {
  const isOfDocker = host === 'docker';
  const handlers = [restart(backupUnits.repositoryServer)];
  const owner = 'postgres:postgres';
  return [
    folders([{ path: repositoryPaths.work, owner }], why.repository),
    file({ path: repositoryPaths.authority, content: site.secrets.authority, why: why.repository, handlers }),
    file({
      path: repositoryPaths.certificate,
      content: site.secrets.certificates[host],
      mode: '0600',
      owner,
      why: why.repository,
      handlers,
    }),
    file({
      path: repositoryPaths.config,
      content: isOfDocker ? dockerRepositoryConfig(site) : dbRepositoryConfig(site),
      mode: '0640',
      owner: 'root:postgres',
      why: why.repository,
      handlers,
    }),
    unitFile(backupUnits.repositoryServer, repositoryServerUnit, why.repository),
  ];
}

const dbFiles = (site: Site): readonly Step[] => [
  ...repositoryFiles(site, 'db'),
  program(guardProgram, guardScript, why.guard, [restart(backupUnits.syncGuard)]),
  unitFile(backupUnits.syncGuard, guardUnit, why.guard),
  streamRoleFile(site.secrets.streamPassword),
];

/** Before the programs come: none of them may begin to serve by itself. */
const dockerPreparation: readonly Step[] = [
  file({
    path: '/etc/postgresql-common/createcluster.d/sla.conf',
    content: 'create_main_cluster = false\n',
    why: 'only the programs of PostgreSQL are needed here',
  }),
  masked('redis-server.service', 'only the replica of ours runs here'),
];

/** Written by the installation of PostgreSQL on a host without a cluster. */
const broughtByPostgres: readonly Declaration[] = [
  declaredFile('/etc/locale.conf', '#  File generated by update-locale\n', '0644', 'root:root'),
  declaredFile(
    '/etc/apt/apt.conf.d/02autoremove-postgresql',
    `// DO NOT EDIT!
// File maintained by /usr/share/postgresql-common/pg_updateaptconfig.
//
// Mark all PostgreSQL packages as NeverAutoRemove for which PostgreSQL
// clusters exist. This is especially important when the "postgresql" meta
// package changes its dependencies to a new version, which might otherwise
// trigger the old postgresql-NN package to be automatically removed, rendering
// the old database cluster inaccessible.

APT
{
  NeverAutoRemove
  {
  };
};
`,
    '0444',
    'root:root',
  ),
  // A text that says that it is no certificate.
  {
    kind: 'item',
    section: 'files',
    item: '/etc/postgresql-common/root.crt',
    value: fileText('0644', 'root:root', '07e47d2c1bebb05e3c298d99cbea78f6061da92b6ec66dd77e8e60936475d8a3'),
  },
];

const dockerPackages: readonly Step[] = [
  installed('pgbackrest', why.repository),
  installed('postgresql-17', 'it receives the WAL, and drills start it', broughtByPostgres),
  installed('redis-server', why.replica),
  installed('rsync', why.copies),
];

const dockerFolders = folders(
  [
    { path: places.repository, owner: 'postgres:postgres' },
    { path: places.stream, owner: 'postgres:postgres' },
    { path: places.replica, owner: 'redis:redis' },
    ...[places.cuts, places.journal, places.drills, places.ledger].map((path) => ({
      path,
      owner: 'root:root',
    })),
  ],
  'what is kept of the stores lies here',
);

function dockerFiles(site: Site): readonly Step[] {
  const { secrets } = site;
  const db = addressOf(site, 'db');
  const reason = 'only docker can read what it keeps';
  return [
    dockerFolders,
    file({ path: places.keyFile, content: lineOf(secrets.key), mode: '0600', why: reason }),
    ...repositoryFiles(site, 'docker'),
    program(stanzaProgram, stanzaScript(db), why.repository),
    file({
      path: streamPassFile,
      content: new Secret(`*:*:*:${streamRole}:${secrets.streamPassword.reveal()}\n`),
      mode: '0600',
      owner: 'postgres:postgres',
      why: why.stream,
      handlers: [restart(backupUnits.stream)],
    }),
    program(streamProgram, streamScript(db), why.stream, [restart(backupUnits.stream)]),
    unitFile(backupUnits.stream, streamUnit, why.stream),
    file({
      path: replicaConfig,
      content: replicaSettings(site),
      why: why.replica,
      handlers: [restart(backupUnits.replica)],
    }),
    unitFile(backupUnits.replica, replicaUnit, why.replica),
    ...copyClient(site),
  ];
}

const lineOf = (secret: Secret): Secret => new Secret(`${secret.reveal()}\n`);

const copyClient = (site: Site): readonly Step[] => [
  file({ path: copyFiles.key, content: site.secrets.copyKey, mode: '0600', why: why.copies }),
  file({
    path: copyFiles.knownHosts,
    content: copyKnownHosts(hostOf(site, 'app'), site.appHostKey),
    why: why.copies,
  }),
  file({ path: copyFiles.ssh, content: copySshConfig(hostOf(site, 'app')), why: why.copies }),
];

/** The account needs a shell that runs the one command of its key; whatever else is asked for ends in that too. */
function copySteps(site: Site): readonly Step[] {
  const { user, root } = copies;
  const { copyPublicKey } = site.secrets;
  const [type = '', key = '', ...comment] = copyPublicKey.trim().split(' ');
  const authorized = file({
    path: `${copyHome}/.ssh/authorized_keys`,
    content: copyAuthorized(copyPublicKey),
    why: why.copies,
  });
  return [
    account({ name: user, uid: 640, home: copyHome, shell: '/bin/sh', why: why.copies }),
    folders(
      copies.folders.map((name) => ({ path: `${root}/${name}`, owner: `${user}:${user}` })),
      why.copies,
    ),
    {
      ...authorized,
      declares: [
        { kind: 'item', section: 'keys', item: keyItem(user, key), value: [type, ...comment].join(' ') },
      ],
    },
  ];
}

const stanzaWords: ReadonlyMap<string, string> = new Map([
  ['missing', 'make the repository, or bring it back from app'],
  ['other', 'let the repository take up the new cluster of db'],
  ['foreign', 'set the repository of another cluster with the same identity aside, and make a new one'],
]);

const askStanza: Argv = [stanzaProgram, 'state'];

/**
 * Ensures a repository that fits the cluster of db, whichever it is. It needs both hosts with their ports open, so
 * that it comes when they are through. What it waits for meanwhile is no change.
 */
export const repositoryPhase: Phase = {
  name: 'repository',
  after: ['db'],
  steps: [
    {
      name: 'repository fits the cluster of db',
      why: why.repository,
      asks: [{ kind: 'command', argv: askStanza }],
      diff: (facts) => {
        const what = stanzaWords.get(facts.command(askStanza).stdout.trim());
        return what === undefined ? [] : [{ kind: 'run', what, run: [stanzaProgram, 'make'] }];
      },
    },
  ],
};
