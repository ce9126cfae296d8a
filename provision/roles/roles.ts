import type { HostName } from '../../core/application.ts';
import { openPorts } from '../firewall/ports.ts';
import { rulesetFor } from '../firewall/ruleset.ts';
import { firewall, firewallFiles } from '../firewall/steps.ts';
import type { Site } from '../site.ts';
import type { Phase, Role } from '../types.ts';
import { agentPhases } from './agent.ts';
import { appPackages, appPhases } from './app.ts';
import { backupPhases } from './backups.ts';
import { commonFiles, commonPackages, commonServices, firstSteps } from './common.ts';
import { dbPhases } from './db.ts';
import { dockerPhases } from './docker.ts';
import { repositoryPhase } from './repositoryPhase.ts';

const phasesOf: Readonly<Record<HostName, (site: Site) => readonly Phase[]>> = {
  app: appPhases,
  db: dbPhases,
  docker: dockerPhases,
};

/**
 * What a host needs to serve: packages, then files, then what runs, and who may reach it last. All of it is in the
 * whole role too; what only keeps a host in order, or is carried for backups, takes longer than a vote can wait.
 */
export const servingRoleOf = (site: Site, host: HostName): Role => ({
  host,
  phases: [...phasesWith(site, host, firstSteps), firewallOf(site, host)],
});

/** Everything declared for a host. */
export const roleOf = (site: Site, host: HostName): Role => ({
  host,
  phases: [
    ...phasesWith(site, host, { packages: commonPackages, services: commonServices(site) }),
    ...backupPhases[host](site),
    ...(host === 'docker' ? agentPhases(site) : []),
    firewallOf(site, host),
    ...(host === 'docker' ? [repositoryPhase] : []),
  ],
});

const phasesWith = (
  site: Site,
  host: HostName,
  { packages, services }: Readonly<Record<'packages' | 'services', Phase['steps']>>,
): readonly Phase[] => [
  { name: 'packages', steps: [...packages, ...(host === 'app' ? appPackages(site) : [])] },
  { name: 'files', steps: [...commonFiles(site, host), ...firewallFiles] },
  { name: 'services', steps: services },
  ...phasesOf[host](site),
];

const firewallOf = (site: Site, host: HostName): Phase => firewall(rulesetFor(openPorts(site, host)));
