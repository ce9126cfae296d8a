import type { HostName } from '../core/application.ts';
import type { CommonContext } from '../core/command.ts';
import type { Host, HostAddress } from '../core/host.ts';
import { openHost } from '../core/ssh.ts';
import { keyPath, knownHostsPath, readIfPresent } from '../core/state.ts';
import type { Tool } from '../core/terraform.ts';
import { type Engine, openEngine } from '../lab/adapters/engine.ts';
import { labHosts } from '../lab/hosts.ts';
import type { LabIdentity } from '../lab/labels.ts';
import type { SlaConfig } from './config.ts';

/** Everything a command may use. */
export interface Context extends CommonContext {
  readonly config: SlaConfig;
  readonly identity: LabIdentity;
  readonly engine: Engine;
  readonly hosts: readonly HostAddress[];
  readonly isTerminal: boolean;
  openHost(name: HostName, connectTimeoutMs?: number): Promise<Host>;
}

export function createContext(common: CommonContext, config: SlaConfig, isTerminal: boolean): Context {
  const hosts = labHosts(config.lab);
  const context: Context = {
    ...common,
    config,
    identity: { lab: config.lab.name, checkout: common.state.checkout },
    engine: openEngine(),
    hosts,
    isTerminal,
    openHost: (name, connectTimeoutMs = 5000) =>
      openHost(addressOfHost(context, name), {
        keyFile: keyPath(common.state, 'operator'),
        knownHosts: readIfPresent(knownHostsPath(common.state)) ?? '',
        connectTimeoutMs,
      }),
  };
  return context;
}

export function addressOfHost({ hosts }: Pick<Context, 'hosts'>, name: HostName): HostAddress {
  const host = hosts.find((candidate) => candidate.name === name);
  if (!host) throw new Error(`no host is named ${name}`);
  return host;
}

/** Opens a host, uses it, and closes it whatever happens. */
export async function withHost<T>(
  context: Context,
  name: HostName,
  use: (host: Host) => Promise<T>,
  connectTimeoutMs?: number,
): Promise<T> {
  const host = await context.openHost(name, connectTimeoutMs);
  try {
    return await use(host);
  } finally {
    host.close();
  }
}

/** Where a browser finds things. */
export const urlsOf = ({ config, hosts }: Pick<Context, 'config' | 'hosts'>) => ({
  vote: `http://${addressOfHost({ hosts }, 'app').address}:8080`,
  result: `http://${addressOfHost({ hosts }, 'app').address}:8081`,
  prometheus: `http://${addressOfHost({ hosts }, 'docker').address}:${config.stack.prometheusPort}`,
});

/** Terraform as the bootstrap found it. */
export const terraformTool = ({ state, config }: Context, cliConfigFile: string): Tool => ({
  state,
  lab: config.lab.name,
  binary: (readIfPresent(`${state.checkout}/.sla/terraform`) ?? 'terraform').trim(),
  cliConfigFile,
});
