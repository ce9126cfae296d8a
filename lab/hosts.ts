import { type HostName, hostNames } from '../core/application.ts';
import type { HostAddress } from '../core/host.ts';
import { keyPath, type StateFolder } from '../core/state.ts';
import type { Root } from '../core/terraform.ts';
import { hostNumbers, type LabConfig } from './config.ts';
import { type LabIdentity, labelsOf } from './labels.ts';
import { addressAt } from './subnet.ts';

/** Where the lab's hosts are. It follows from the configuration, so that nobody has to ask Terraform. */
export const labHosts = (lab: LabConfig): readonly HostAddress[] =>
  hostNames.map((name) => ({ name, address: addressOf(lab, name), user: 'root', sshPort: 22 }));

export const addressOf = (lab: LabConfig, name: HostName | 'mailbox'): string =>
  addressAt(lab.subnet, hostNumbers[name]);

/** The variables of terraform/lab. `tags`: image name → tag. */
export const labRoot = (
  lab: LabConfig,
  identity: LabIdentity,
  state: StateFolder,
  tags: ReadonlyMap<string, string>,
): Root => ({
  name: 'lab',
  variables: {
    lab: lab.name,
    subnet: lab.subnet,
    authorized_key_file: `${keyPath(state, 'operator')}.pub`,
    labels: labelsOf(identity),
    mailbox: { image: tags.get('mailbox'), number: hostNumbers.mailbox },
    hosts: Object.fromEntries(
      hostNames.map((name) => [
        name,
        {
          image: tags.get(name),
          number: hostNumbers[name],
          cpus: lab.hosts[name].cpus,
          memory_mb: lab.hosts[name].memoryMb,
          disk_gb: lab.hosts[name].diskGb,
          published_ports: lab.hosts[name].publishedPorts,
          host_key_file: keyPath(state, name),
        },
      ]),
    ),
  },
});
