import type { HostName } from '../../core/application.ts';
import { type ErrorCode, SlaError } from '../../core/errors.ts';
import type { HostAddress } from '../../core/host.ts';
import type { Check } from '../../provision/adoption/checks.ts';
import { examine } from '../../provision/adoption/examine.ts';
import { unmadeSecrets } from '../../provision/backups/secrets.ts';
import { openPorts } from '../../provision/firewall/ports.ts';
import type { Site } from '../../provision/site.ts';
import type { Context } from '../context.ts';
import { type Door, findLogin, type Login, openWith } from './login.ts';

/** A host that was looked at, and how it lets us in. */
export interface Looked {
  readonly address: HostAddress;
  readonly login: Login | undefined;
  readonly checks: readonly Check[];
}

/** Looks at a host without changing it; that it lets nobody in is a finding too. */
export async function lookAt(door: Door, address: HostAddress): Promise<Looked> {
  const login = await findLogin(door, address).catch(refusedLogin);
  if ('what' in login) return { address, login: undefined, checks: [login] };
  const how = login.kind === 'key' ? 'by key' : 'by password, once: our key is left there';
  const session = await openWith(door, address, login, true);
  try {
    const checks = await examine(session, address.user, portsOf(door.context, address.name));
    return { address, login, checks: [{ what: 'login', verdict: 'fine', found: how }, ...checks] };
  } finally {
    session.close();
  }
}

const findings: readonly ErrorCode[] = ['login-refused', 'adoption-refused'];

function refusedLogin(thrown: unknown): Check {
  if (!(thrown instanceof SlaError && findings.includes(thrown.code))) throw thrown;
  return { what: 'login', verdict: 'refused', found: thrown.message, consequence: thrown.remedy };
}

/** Ports by what the hosts are for; who may reach them is not yet known. */
function portsOf({ hosts, config }: Context, name: HostName) {
  const site: Site = {
    hosts,
    operator: [],
    settings: config.provision,
    consolePorts: [config.stack.prometheusPort],
    programs: { worker: {}, result: {} },
    secrets: unmadeSecrets,
    appHostKey: '',
  };
  return openPorts(site, name);
}
