import type { HostName } from '../../core/application.ts';
import { openPorts } from '../firewall/ports.ts';
import { rulesetFor } from '../firewall/ruleset.ts';
import { firewall, firewallFiles } from '../firewall/steps.ts';
import type { Site } from '../site.ts';
import type { Phase, Role } from '../types.ts';
import { agentPhases } from './agent.ts';
import { appPackages, appPhases } from './app.ts';
import { commonFiles, commonPackages, commonServices } from './common.ts';
import { dbPhases } from './db.ts';
import { dockerPhases } from './docker.ts';

const phasesOf: Readonly<Record<HostName, (site: Site) => readonly Phase[]>> = {
  app: appPhases,
  db: dbPhases,
  docker: dockerPhases,
};

/** Everything declared for a host: packages, then files, then what runs, and who may reach it last. */
export const roleOf = (site: Site, host: HostName): Role => ({
  host,
  phases: [
    { name: 'packages', steps: [...commonPackages, ...(host === 'app' ? appPackages(site) : [])] },
    { name: 'files', steps: [...commonFiles(site, host), ...firewallFiles] },
    { name: 'services', steps: commonServices(site) },
    ...phasesOf[host](site),
    ...(host === 'docker' ? agentPhases(site) : []),
    firewall(rulesetFor(openPorts(site, host))),
  ],
});
