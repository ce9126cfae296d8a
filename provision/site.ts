import type { HostName } from '../core/application.ts';
import type { HostAddress } from '../core/host.ts';
import type { BackupSecrets } from './backups/secrets.ts';
import type { Improvement, ProvisionConfig } from './config.ts';
import type { Secret } from './secret.ts';
import type { LocalFile } from './types.ts';

/** Everything the roles are computed from. */
export interface Site {
  readonly hosts: readonly HostAddress[];
  /** Addresses this machine has towards the hosts. */
  readonly operator: readonly string[];
  readonly settings: ProvisionConfig;
  /** Ports of the docker host that people open in a browser. */
  readonly consolePorts: readonly number[];
  /** Certificate and key for the pages, in one PEM; none without a proxy. */
  readonly certificate?: Secret;
  readonly secrets: BackupSecrets;
  /** The key of app in base64, as it is pinned here; empty before it is. */
  readonly appHostKey: string;
  /** What the agent on docker is made of; none where it is not deployed. */
  readonly agent?: AgentPrograms;
  /** Sources of the improved programs, by file name. */
  readonly programs: Readonly<Record<Improvement, Readonly<Record<string, string>>>>;
}

export interface AgentPrograms {
  readonly node: LocalFile;
  /** The agent in one file. */
  readonly bundle: LocalFile;
  /** Its configuration, as it reads it. */
  readonly config: string;
  readonly metricsPort: number;
}

export function hostOf({ hosts }: Pick<Site, 'hosts'>, name: HostName): HostAddress {
  const found = hosts.find((host) => host.name === name);
  if (!found) throw new Error(`the site has no host ${name}`);
  return found;
}

export const addressOf = (site: Pick<Site, 'hosts'>, name: HostName): string => hostOf(site, name).address;

/** Who may use SSH and the consoles. */
export const operatorsOf = ({ operator, settings }: Site): readonly string[] => [
  ...new Set([...operator, ...settings.operators]),
];
