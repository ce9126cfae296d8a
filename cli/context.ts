import { homedir } from 'node:os';
import { resolve } from 'node:path';
import type { HostName } from '../core/application.ts';
import type { CommonContext } from '../core/command.ts';
import { SlaError } from '../core/errors.ts';
import type { Host, HostAddress } from '../core/host.ts';
import { pinnedKey } from '../core/knownHosts.ts';
import { withSession } from '../core/session.ts';
import type { Argv } from '../core/shell.ts';
import { openHost } from '../core/ssh.ts';
import { sshCommand } from '../core/sshClient.ts';
import { keyPath, knownHostsPath, readIfPresent, type StateFolder } from '../core/state.ts';
import type { Tool } from '../core/terraform.ts';
import { type Engine, openEngine } from '../lab/adapters/engine.ts';
import { openHypervisor } from '../lab/adapters/libvirt.ts';
import { labHosts } from '../lab/hosts.ts';
import type { LabIdentity } from '../lab/labels.ts';
import { offersKvm, type Substrate, substrateOf } from '../lab/substrate.ts';
import { withMachines } from '../lab/vmEngine.ts';
import { type AdoptedConfig, adoptedHosts } from '../provision/adoption/config.ts';
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
  /** The private key that logs in. */
  readonly keyFile: string;
  /** What the configuration asks for; `config.lab.substrate` is what the lab is made of. */
  readonly wantedSubstrate: Substrate | undefined;
  /** `connectTimeoutMs` is for a processor of its own; an emulated one gets its `patience` on top. */
  openHost(name: HostName, connectTimeoutMs?: number): Promise<Host>;
  /** A session as the user who logs in, where `openHost` gives one as root. */
  openPlain(name: HostName): Promise<Host>;
}

/** To connect to a host that is busy: one that is saturated is slow to shake hands, and is the one that needs us. */
export const busyConnectMs = 15_000;

export function createContext(common: CommonContext, given: SlaConfig, isTerminal: boolean): Context {
  const adopted = given.target === 'adopted' ? given.adopted : undefined;
  const name = adopted === undefined ? given.lab.name : adoptedName(adopted);
  const substrate = adopted ? 'container' : substrateOf(given.lab, common.state);
  const config: SlaConfig = { ...given, lab: { ...given.lab, name, substrate } };
  const identity = { lab: config.lab.name, checkout: common.state.checkout };
  const engine = openEngine();
  const hosts = adopted ? adoptedHosts(adopted) : labHosts(config.lab);
  const keyFile = keyFileOf(adopted, common.state);
  const patience = patienceFor(substrate);
  const context: Context = {
    ...common,
    config,
    identity,
    engine: substrate === 'vm' ? withMachines(engine, openHypervisor(), identity) : engine,
    hosts,
    isTerminal,
    patience,
    keyFile,
    wantedSubstrate: given.lab.substrate,
    openHost: (host, connectTimeoutMs = 5000) => openAs(context, host, { connectTimeoutMs, isPlain: false }),
    openPlain: (host) => openAs(context, host, { connectTimeoutMs: busyConnectMs, isPlain: true }),
  };
  return context;
}

const openAs = async (
  context: Context,
  name: HostName,
  { connectTimeoutMs, isPlain }: { readonly connectTimeoutMs: number; readonly isPlain: boolean },
): Promise<Host> =>
  openHost(knownHost(context, name), {
    keyFile: context.keyFile,
    knownHosts: readIfPresent(knownHostsPath(context.state)) ?? '',
    connectTimeoutMs: connectTimeoutMs * context.patience,
    isPlain,
  });

/** What is kept of adopted hosts is kept under a name that no lab can have. */
const adoptedName = ({ name }: AdoptedConfig): string => `adopted.${name}`;

const keyFileOf = (adopted: AdoptedConfig | undefined, state: StateFolder): string =>
  adopted?.key === undefined
    ? keyPath(state, 'operator')
    : resolve(state.checkout, adopted.key.replace(/^~(?=\/)/, homedir()));

/** How much longer the same work takes: a processor that is emulated needs seconds for a handshake alone. */
const patienceFor = (substrate: Substrate): number => (substrate === 'vm' && !offersKvm() ? 10 : 1);

export function addressOfHost({ hosts }: Pick<Context, 'hosts'>, name: HostName): HostAddress {
  const host = hosts.find((candidate) => candidate.name === name);
  if (!host) throw new Error(`no host is named ${name}`);
  return host;
}

/**
 * Throws `lab-absent` when nothing of this lab runs: better than the silence of every single thing in it. For
 * adopted hosts `adoption-refused`, when they were not adopted yet.
 */
export async function insistOnLab(context: Context): Promise<void> {
  const { engine, config } = context;
  if (config.target === 'adopted') return insistOnAdopted(context, context.hosts);
  const { name } = config.lab;
  const found = (await engine.containers()).filter(({ labels }) => labels['sla.lab'] === name);
  if (found.some(({ isRunning }) => isRunning)) return;
  throw new SlaError('lab-absent', `lab ${name} is not up`, {
    remedy: `run "./sla up${name === 'sla' ? '' : ` --lab ${name}`}"`,
  });
}

/** The address of a host that may be opened. Error: `adoption-refused`. */
function knownHost(context: Context, name: HostName): HostAddress {
  const host = addressOfHost(context, name);
  if (context.config.target === 'adopted') insistOnAdopted(context, [host]);
  return host;
}

function insistOnAdopted({ state }: Context, hosts: readonly HostAddress[]): void {
  const knownHosts = readIfPresent(knownHostsPath(state)) ?? '';
  const strangers = hosts.filter((host) => pinnedKey(knownHosts, host) === undefined);
  if (strangers.length === 0) return;
  const names = strangers.map(({ name, address }) => `${name} (${address})`).join(', ');
  throw new SlaError('adoption-refused', `${names}: not adopted yet, no host key is pinned`, {
    remedy: 'run "./sla adopt": it shows their keys and says what will not work, before anything is changed',
  });
}

/** Opens a host, uses it, and closes it whatever happens. */
export const withHost = <T>(
  context: Context,
  name: HostName,
  use: (host: Host) => Promise<T>,
  connectTimeoutMs?: number,
): Promise<T> => withSession(context.openHost(name, connectTimeoutMs), use);

/** The ssh program on its way to a host, for what needs a process of its own. */
export const sshCommandTo = (context: Context, name: HostName): Argv =>
  sshCommand(addressOfHost(context, name), {
    keyFile: context.keyFile,
    knownHostsFile: knownHostsPath(context.state),
  });

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
