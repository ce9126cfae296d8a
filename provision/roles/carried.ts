import { backupUnits } from '../../core/backupLayout.ts';
import {
  dbRepositoryConfig,
  dockerRepositoryConfig,
  repositoryPaths,
  repositoryServerUnit,
} from '../backups/repository.ts';
import { file } from '../properties/file.ts';
import { folders } from '../properties/folders.ts';
import { active, daemonReload, enabled, restart } from '../properties/unit.ts';
import type { Site } from '../site.ts';
import type { Handler, Step } from '../types.ts';

/** Why a host carries what it carries for backups. */
export const why = {
  repository: 'backups and WAL of PostgreSQL lie on another host than it, encrypted',
  stream: 'a commit is on docker before it is confirmed',
  guard: 'a docker host that is lost or full must not stop the database',
  replica: 'each accepted vote is written down on another host than Redis',
  copies: 'the loss of any one host loses no backup',
} as const;

export const running = (unit: string, reason: string): readonly Step[] => [
  enabled(unit, reason),
  active(unit, reason),
];

export const unitFile = (unit: string, content: string, reason: string): Step =>
  file({
    path: `/etc/systemd/system/${unit}`,
    content,
    why: reason,
    handlers: [daemonReload, restart(unit)],
  });

/** A program of ours; what runs it is restarted when it changes. */
export const program = (
  path: string,
  content: string,
  reason: string,
  handlers: readonly Handler[] = [],
): Step => file({ path, content, mode: '0755', why: reason, handlers });

/** What pgBackRest and its server need on either side. */
export function repositoryFiles(site: Site, host: 'db' | 'docker'): readonly Step[] {
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
