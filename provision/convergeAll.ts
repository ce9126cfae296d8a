import type { ComponentName, HostName } from '../core/application.ts';
import { componentOf } from '../core/application.ts';
import { allOrOneError } from '../core/errors.ts';
import type { Host } from '../core/host.ts';
import { withSession } from '../core/session.ts';
import { owedFolder, revivalOf } from './asks.ts';
import { convergeHost, type HostReport } from './converge.ts';
import type { Role } from './types.ts';

export interface ConvergeWork {
  readonly isDryRun: boolean;
  readonly narrate: (line: string) => void;
  /** Who does it, for another operator who tries at the same time. */
  readonly operator: string;
  /** Opens a new session; whoever asked closes it. */
  open(name: HostName): Promise<Host>;
}

export interface ConvergeReport {
  readonly hosts: readonly HostReport[];
  /** Components restarted because their connection died with what they were connected to. */
  readonly revived: readonly ComponentName[];
}

/** Converges hosts at the same time. One that fails does not stop the others; the failures arrive together. */
export async function convergeAll(roles: readonly Role[], work: ConvergeWork): Promise<ConvergeReport> {
  const hosts = await allOrOneError(
    roles.map((role) =>
      convergeHost(
        role,
        { open: () => work.open(role.host) },
        {
          isDryRun: work.isDryRun,
          operator: work.operator,
          narrate: (line) => work.narrate(`${role.host}: ${line}`),
        },
      ),
    ),
  );
  const revived = [...new Set(hosts.flatMap(({ broken }) => broken))];
  if (work.isDryRun) return { hosts, revived };
  for (const name of revived) await revive(name, work);
  await allOrOneError(hosts.filter(({ broken }) => broken.length > 0).map((report) => settle(report, work)));
  return { hosts, revived };
}

async function revive(name: ComponentName, { open, narrate }: ConvergeWork): Promise<void> {
  const { host, runtime } = componentOf(name);
  narrate(`${host}: restart ${name}, whose connection is gone`);
  const restart =
    runtime.kind === 'unit'
      ? ['systemctl', 'restart', runtime.unit]
      : ['docker', 'restart', runtime.container];
  await withSession(open(host), (session) => session.exec(restart));
}

/** The debt stands on the host that caused it, so that a run that dies here leaves it to the next one. */
async function settle({ host, broken }: HostReport, { open }: ConvergeWork): Promise<void> {
  const debts = broken.map((name) => `${owedFolder}/${revivalOf(name)}`);
  await withSession(open(host), (session) => session.exec(['rm', '-f', ...debts]));
}
