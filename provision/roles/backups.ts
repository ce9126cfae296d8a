import type { HostName } from '../../core/application.ts';
import { backupUnits } from '../../core/backupLayout.ts';
import { guardProgram, guardScript, guardUnit } from '../backups/guard.ts';
import { installed } from '../properties/installed.ts';
import { streamRoleFile, streamRoleReady } from '../properties/streamRole.ts';
import { restart } from '../properties/unit.ts';
import type { Site } from '../site.ts';
import type { Phase, Role, Step } from '../types.ts';
import { program, repositoryFiles, running, unitFile, why } from './carried.ts';
import { copySteps } from './copies.ts';
import { dockerFiles, dockerPackages, dockerPreparation } from './dockerBackups.ts';

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

const dbFiles = (site: Site): readonly Step[] => [
  ...repositoryFiles(site, 'db'),
  program(guardProgram, guardScript, why.guard, [restart(backupUnits.syncGuard)]),
  unitFile(backupUnits.syncGuard, guardUnit, why.guard),
  streamRoleFile(site.secrets.streamPassword),
];
