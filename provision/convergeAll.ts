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

/**
 * Converges hosts at the same time, then the phases that had to wait for some of them. One that fails does not stop
 * the others; the failures arrive together.
 */
export async function convergeAll(roles: readonly Role[], work: ConvergeWork): Promise<ConvergeReport> {
  const first = await convergeEach(roles, work, !work.isDryRun);
  const last = work.isDryRun ? [] : await convergeEach(rolesAfter(roles, first), work, false);
  const hosts = first.map((report) => withLater(report, last));
  const revived = [...new Set(hosts.flatMap(({ broken }) => broken))];
  if (work.isDryRun) return { hosts, revived };
  for (const name of revived) await revive(name, work);
  await allOrOneError(hosts.filter(({ broken }) => broken.length > 0).map((report) => settle(report, work)));
  return { hosts, revived };
}

const convergeEach = (
  roles: readonly Role[],
  work: ConvergeWork,
  putsOff: boolean,
): Promise<readonly HostReport[]> =>
  allOrOneError(
    roles.map((role) =>
      convergeHost(
        role,
        { open: () => work.open(role.host) },
        {
          isDryRun: work.isDryRun,
          operator: work.operator,
          narrate: (line) => work.narrate(`${role.host}: ${line}`),
          putsOff,
        },
      ),
    ),
  );

/** Phases that wait for other hosts are asked again once anything has changed that they may depend on. */
export function rolesAfter(roles: readonly Role[], reports: readonly HostReport[]): readonly Role[] {
  const changed = reports.filter(({ phases }) => phases.length > 0).map(({ host }) => host);
  return roles.flatMap(({ host, phases }) => {
    const waiting = reports.find((report) => report.host === host)?.waiting ?? [];
    const due = phases.filter(
      (phase) =>
        phase.after &&
        (waiting.includes(phase) || [host, ...phase.after].some((name) => changed.includes(name))),
    );
    return due.length > 0 ? [{ host, phases: due }] : [];
  });
}

/** Its steps were counted the first time. */
function withLater(report: HostReport, later: readonly HostReport[]): HostReport {
  const more = later.find(({ host }) => host === report.host);
  if (!more) return report;
  return {
    ...report,
    trips: report.trips + more.trips,
    phases: [...report.phases, ...more.phases],
    broken: [...new Set([...report.broken, ...more.broken])],
  };
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
