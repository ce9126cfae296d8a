import type { HostName } from '../../core/application.ts';
import { openPorts } from '../firewall/ports.ts';
import { rulesetFor } from '../firewall/ruleset.ts';
import { firewall, firewallFiles } from '../firewall/steps.ts';
import type { Site } from '../site.ts';
import type { Phase, Role } from '../types.ts';
import { appPackages, appPhases } from './app.ts';
import { backupPhases, repositoryPhase } from './backups.ts';
import { commonFiles, commonPackages, commonServices } from './common.ts';
import { dbPhases } from './db.ts';
import { dockerPhases } from './docker.ts';

const phasesOf: Readonly<Record<HostName, (site: Site) => readonly Phase[]>> = {
  app: appPhases,
  db: dbPhases,
  docker: dockerPhases,
};

/** What a host needs to serve: packages, then files, then what runs, and who may reach it last. */
export const servingRoleOf = (site: Site, host: HostName): Role => ({
  host,
  phases: [...servingPhases(site, host), firewallOf(site, host)],
});

/** Everything declared for a host: what it serves with first, then what it carries for backups. */
export const roleOf = (site: Site, host: HostName): Role => ({
  host,
  phases: [
    ...servingPhases(site, host),
    ...backupPhases[host](site),
    firewallOf(site, host),
    ...(host === 'docker' ? [repositoryPhase] : []),
  ],
});

const servingPhases = (site: Site, host: HostName): readonly Phase[] => [
  { name: 'packages', steps: [...commonPackages, ...(host === 'app' ? appPackages(site) : [])] },
  { name: 'files', steps: [...commonFiles(site, host), ...firewallFiles] },
  { name: 'services', steps: commonServices(site) },
  ...phasesOf[host](site),
];

const firewallOf = (site: Site, host: HostName): Phase => firewall(rulesetFor(openPorts(site, host)));
