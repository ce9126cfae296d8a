import { type ComponentName, componentOf, type HostName, hostNames } from '../core/application.ts';
import { backupPorts } from '../core/backupLayout.ts';
import type { HostAddress } from '../core/host.ts';
import type { StackConfig } from './config.ts';
import { type StackImageName, stackImageNames } from './images.ts';

/** Upstream images as terraform/stack pins them, or images that are already in the docker host's engine. */
export type ImageSource =
  | { readonly kind: 'hub' }
  | { readonly kind: 'local'; readonly tags: ReadonlyMap<string, string> };

export interface StackInputs {
  readonly config: Pick<StackConfig, 'scrapeIntervalMs' | 'retentionDays' | 'prometheusPort'>;
  /** What the names of containers, volumes and the network begin with. */
  readonly prefix: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly hosts: readonly HostAddress[];
  /** Absolute paths, as is the next. */
  readonly keyFile: string;
  readonly knownHostsFile: string;
  readonly images: ImageSource;
}

interface Probe {
  readonly host: HostName;
  readonly target: string;
}

/** The variables of terraform/stack, under the names they have there. */
export interface StackVariables {
  readonly docker_host: { readonly address: string; readonly user: string; readonly ssh_port: number };
  readonly ssh_key_file: string;
  readonly known_hosts_file: string;
  readonly prefix: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly images: Partial<Record<StackImageName, { readonly source: 'local'; readonly name: string }>>;
  readonly prometheus_port: number;
  readonly scrape_interval: string;
  readonly retention: { readonly time: string };
  readonly node_targets: Readonly<Record<string, string>>;
  readonly agent_target: string;
  readonly http_probes: Readonly<Record<string, Probe>>;
  readonly tcp_probes: Readonly<Record<string, Probe>>;
}

const nodeExporterPort = 9100;
const pages: readonly ComponentName[] = ['vote', 'result'];
const stores: readonly ComponentName[] = ['postgres', 'redis'];

export function stackVariables(inputs: StackInputs): StackVariables {
  const { config, hosts } = inputs;
  const docker = hostNamed(hosts, 'docker');
  return {
    docker_host: { address: docker.address, user: docker.user, ssh_port: docker.sshPort },
    ssh_key_file: inputs.keyFile,
    known_hosts_file: inputs.knownHostsFile,
    prefix: inputs.prefix,
    labels: inputs.labels,
    images: imageVariables(inputs.images),
    prometheus_port: config.prometheusPort,
    scrape_interval: `${config.scrapeIntervalMs}ms`,
    retention: { time: `${config.retentionDays}d` },
    node_targets: Object.fromEntries(
      hostNames.map((name) => [name, `${hostNamed(hosts, name).address}:${nodeExporterPort}`]),
    ),
    agent_target: `${docker.address}:${backupPorts.agent}`,
    http_probes: probes(hosts, pages, (socket) => `http://${socket}/`),
    tcp_probes: probes(hosts, stores, (socket) => socket),
  };
}

function imageVariables(images: ImageSource): StackVariables['images'] {
  if (images.kind === 'hub') return {};
  return Object.fromEntries(
    stackImageNames.map((name) => [name, { source: 'local', name: tagOf(images.tags, name) }]),
  );
}

const probes = (
  hosts: readonly HostAddress[],
  names: readonly ComponentName[],
  targetOf: (socket: string) => string,
): Readonly<Record<string, Probe>> =>
  Object.fromEntries(
    names
      .map(componentOf)
      .map(({ name, host, port }) => [
        name,
        { host, target: targetOf(`${hostNamed(hosts, host).address}:${port}`) },
      ]),
  );

function hostNamed(hosts: readonly HostAddress[], name: HostName): HostAddress {
  const found = hosts.find((host) => host.name === name);
  if (!found) throw new Error(`no address of host ${name} was given`);
  return found;
}

function tagOf(tags: ReadonlyMap<string, string>, name: StackImageName): string {
  const tag = tags.get(name);
  if (tag === undefined) throw new Error(`no tag of image ${name} was given`);
  return tag;
}
