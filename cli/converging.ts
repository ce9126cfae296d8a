import { hostname, userInfo } from 'node:os';
import { type HostName, hostNames } from '../core/application.ts';
import { SlaError } from '../core/errors.ts';
import { type ConvergeReport, type ConvergeWork, convergeAll } from '../provision/convergeAll.ts';
import type { PhasePlan, StepPlan } from '../provision/plan.ts';
import { carriesBackups } from '../provision/roles/backups.ts';
import { exporterPhases } from '../provision/roles/common.ts';
import { repositoryPhase } from '../provision/roles/repositoryPhase.ts';
import { roleOf, servingRoleOf } from '../provision/roles/roles.ts';
import type { Role } from '../provision/types.ts';
import { busyConnectMs, type Context } from './context.ts';
import { recordDeliveredOf } from './delivered.ts';
import { siteOf } from './site.ts';

/**
 * How much of ours a host carries: all that is declared, or as delivered but for what the monitoring reads. What it
 * serves with is the part of the former that a vote needs.
 */
export type Extent = 'declared' | 'delivered';

/** What hosts are brought to. The first call of a lab makes its certificate. */
export async function rolesFor(
  context: Context,
  extent: Extent | 'serving',
  names: readonly HostName[] = hostNames,
): Promise<readonly Role[]> {
  if (extent === 'delivered') return names.map((host) => ({ host, phases: exporterPhases }));
  const site = await siteOf(context, names);
  return names.map((name) => (extent === 'serving' ? servingRoleOf : roleOf)(site, name));
}

/**
 * Brings hosts to their roles, at the same time; before the first change of ours, what was delivered is recorded.
 * Errors: those of `convergeAll`.
 */
export async function convergeHosts(
  context: Context,
  roles: readonly Role[],
  narrate = context.narrate,
): Promise<ConvergeReport> {
  const names = roles.map(({ host }) => host);
  if (!context.isDryRun) await recordDeliveredOf(context, names, narrate);
  const work = {
    isDryRun: context.isDryRun,
    narrate,
    operator: `${userInfo().username}@${hostname()}`,
    open: (name: HostName) => context.openHost(name, busyConnectMs),
  };
  const report = await convergeAll(roles, work);
  if (!context.isDryRun && leavesRepositoryOut(roles, report)) await fitRepository(work);
  return report;
}

/** A cluster that was made anew is a stranger to the repository, on a host that nobody asked for. */
const leavesRepositoryOut = (roles: readonly Role[], { hosts }: ConvergeReport): boolean =>
  roles.some((role) => role.host === 'db' && carriesBackups(role)) &&
  roles.every(({ host }) => host !== 'docker') &&
  hosts.some(({ phases }) => phases.length > 0);

/** That docker is away stops nothing on db: the WAL waits there. */
async function fitRepository(work: ConvergeWork): Promise<void> {
  try {
    await convergeAll([{ host: 'docker', phases: [repositoryPhase] }], work);
  } catch (thrown) {
    if (!(thrown instanceof SlaError)) throw thrown;
    work.narrate(
      `docker: the repository was not looked after, run "./sla converge docker": ${thrown.message}`,
    );
  }
}

/** Changes that were made, or in a dry run would be. */
export const changeCount = ({ hosts }: ConvergeReport): number =>
  hosts
    .flatMap(({ phases }) => phases)
    .reduce(
      (sum, { steps, handlers }) =>
        sum + handlers.length + steps.reduce((count, { changes }) => count + changes.length, 0),
      0,
    );

/** What on which host and why, a line each; nothing for nothing. */
export const describeChanges = ({ hosts }: ConvergeReport): string =>
  hosts.flatMap(({ host, phases }) => phases.map((phase) => linesOf(host, phase).join('\n'))).join('\n\n');

const linesOf = (host: HostName, { steps, handlers }: PhasePlan): readonly string[] => [
  ...steps.flatMap((plan) => stepLines(host, plan)),
  ...handlers.map(({ what }) => `${host}  ${what}: what it reads has changed`),
];

const stepLines = (host: HostName, { step, changes }: StepPlan): readonly string[] =>
  changes.flatMap((change) => [
    `${host}  ${change.what}: ${step.why}`,
    ...(change.kind === 'put' ? (change.detail ?? []) : []).map((line) => `      ${line}`),
  ]);
