import type { HostName } from '../../core/application.ts';
import type { Command, Outcome } from '../../core/command.ts';
import { allOrOneError, errorCodes, runbookOf } from '../../core/errors.ts';
import { editedPaths } from '../../provision/inventory/declared.ts';
import { compareInventories } from '../../provision/inventory/drift.ts';
import { takeFound } from '../../provision/inventory/take.ts';
import { busyConnectMs, type Context, insistOnLab, withHost } from '../context.ts';
import { declarationsFor, deliveredOf } from '../delivered.ts';
import { type HostDrift, renderDrift } from '../driftScreen.ts';
import { hostsArgument, namedHosts } from '../hostsArgument.ts';

export const drift: Command<Context> = {
  name: 'drift',
  summary: 'compare the hosts with what was delivered and what is declared, and name what is neither',
  example: 'drift app --all',
  changesState: false,
  arguments: [hostsArgument],
  flags: [
    { usage: '--all', description: 'also what is as declared: everything that is not as it was delivered' },
  ],
  run: async (context, given) => {
    const names = namedHosts(given);
    for (const name of names) deliveredOf(context, name);
    await insistOnLab(context);
    const hosts = await allOrOneError(names.map((name) => driftOf(context, name)));
    return outcome(hosts, given.flags.all === true);
  },
};

async function driftOf(context: Context, host: HostName): Promise<HostDrift> {
  const delivered = deliveredOf(context, host);
  const declarations = await declarationsFor(context, host);
  const found = await withHost(
    context,
    host,
    (session) => takeFound(session, editedPaths(declarations)),
    busyConnectMs,
  );
  return { host, takenAt: delivered.takenAt, rows: compareInventories(delivered, found, declarations) };
}

function outcome(hosts: readonly HostDrift[], isAll: boolean): Outcome {
  const count = hosts.flatMap(({ rows }) => rows).filter(({ isDrift }) => isDrift).length;
  const shown = isAll
    ? hosts
    : hosts.map((host) => ({ ...host, rows: host.rows.filter(({ isDrift }) => isDrift) }));
  const advice = `Undo them, or declare them: ${runbookOf('drift-found')}`;
  return {
    result: { drift: count, hosts: shown },
    text: [renderDrift(shown), ...(count === 0 ? [] : ['', advice])].join('\n'),
    exitStatus: count === 0 ? 0 : errorCodes['drift-found'].exit,
  };
}
