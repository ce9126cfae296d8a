import type { HostName } from '../core/application.ts';
import type { CommonContext } from '../core/command.ts';
import { SlaError } from '../core/errors.ts';
import type { Host, HostAddress } from '../core/host.ts';
import { openHost } from '../core/ssh.ts';
import { keyPath, knownHostsPath, readIfPresent } from '../core/state.ts';
import type { Tool } from '../core/terraform.ts';
import { type Engine, openEngine } from '../lab/adapters/engine.ts';
import { openHypervisor } from '../lab/adapters/libvirt.ts';
import { labHosts } from '../lab/hosts.ts';
import type { LabIdentity } from '../lab/labels.ts';
import { offersKvm, type Substrate, substrateOf } from '../lab/substrate.ts';
import { withMachines } from '../lab/vmEngine.ts';
import type { SlaConfig } from './config.ts';

/** Everything a command may use. */
export interface Context extends CommonContext {
  readonly config: SlaConfig;
  readonly identity: LabIdentity;
  readonly engine: Engine;
  readonly hosts: readonly HostAddress[];
  readonly isTerminal: boolean;
  /** How much longer the same work takes than on the processor itself. */
  readonly patience: number;
  /** What the configuration asks for; `config.lab.substrate` is what the lab is made of. */
  readonly wantedSubstrate: Substrate | undefined;
  openHost(name: HostName, connectTimeoutMs?: number): Promise<Host>;
}

export function createContext(common: CommonContext, given: SlaConfig, isTerminal: boolean): Context {
  const substrate = substrateOf(given.lab, common.state);
  const config: SlaConfig = { ...given, lab: { ...given.lab, substrate } };
  const identity = { lab: config.lab.name, checkout: common.state.checkout };
  const engine = openEngine();
  const hosts = labHosts(config.lab);
  const patience = patienceFor(substrate);
  const context: Context = {
    ...common,
    config,
    identity,
    engine: substrate === 'vm' ? withMachines(engine, openHypervisor(), identity) : engine,
    hosts,
    isTerminal,
    patience,
    wantedSubstrate: given.lab.substrate,
    openHost: (name, connectTimeoutMs = 5000) =>
      openHost(addressOfHost(context, name), {
        keyFile: keyPath(common.state, 'operator'),
        knownHosts: readIfPresent(knownHostsPath(common.state)) ?? '',
        connectTimeoutMs: connectTimeoutMs * patience,
      }),
  };
  return context;
}

/** How much longer the same work takes: a processor that is emulated needs seconds for a handshake alone. */
const patienceFor = (substrate: Substrate): number => (substrate === 'vm' && !offersKvm() ? 10 : 1);

export function addressOfHost({ hosts }: Pick<Context, 'hosts'>, name: HostName): HostAddress {
  const host = hosts.find((candidate) => candidate.name === name);
  if (!host) throw new Error(`no host is named ${name}`);
  return host;
}

/** Throws `lab-absent` when nothing of this lab runs: better than the silence of every single thing in it. */
export async function insistOnLab({ engine, config }: Context): Promise<void> {
  const { name } = config.lab;
  const found = (await engine.containers()).filter(({ labels }) => labels['sla.lab'] === name);
  if (found.some(({ isRunning }) => isRunning)) return;
  throw new SlaError('lab-absent', `lab ${name} is not up`, {
    remedy: `run "./sla up${name === 'sla' ? '' : ` --lab ${name}`}"`,
  });
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
