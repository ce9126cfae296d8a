import { type HostName, hostNames } from '../core/application.ts';
import type { HostAddress } from '../core/host.ts';
import { keyPath, type StateFolder } from '../core/state.ts';
import { lastVariables, type Root } from '../core/terraform.ts';
import { hostNumbers, type LabConfig } from './config.ts';
import { type LabIdentity, labelsOf } from './labels.ts';
import { addressAt } from './subnet.ts';
import { offersKvm } from './substrate.ts';
import { vmImageFolder } from './vmImages.ts';

/** Where the lab's hosts are. It follows from the configuration, so that nobody has to ask Terraform. */
export const labHosts = (lab: LabConfig): readonly HostAddress[] =>
  hostNames.map((name) => ({ name, address: addressOf(lab, name), user: 'root', sshPort: 22 }));

/** The network that a lab was made with, whatever the configuration says now; undefined before its first `up`. */
export function lastSubnet(state: StateFolder, lab: string): string | undefined {
  const subnet = lastVariables({ state, lab }, 'lab')?.subnet;
  return typeof subnet === 'string' ? subnet : undefined;
}

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
    // Left out for containers, as labs did that were made before there was a choice.
    ...(lab.substrate === 'vm' ? { substrate: 'vm', accelerator: offersKvm() ? 'kvm' : 'qemu' } : {}),
    mailbox: { image: tags.get('mailbox'), number: hostNumbers.mailbox },
    hosts: Object.fromEntries(
      hostNames.map((name) => [
        name,
        {
          image: lab.substrate === 'vm' ? vmImageFolder(tags, name) : tags.get(name),
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
