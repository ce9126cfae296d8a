import { components, type HostName, hostNames } from '../../core/application.ts';
import type { Command } from '../../core/command.ts';
import { SlaError } from '../../core/errors.ts';
import type { Host } from '../../core/host.ts';
import type { Argv } from '../../core/shell.ts';
import { type Context, insistOnLab, withHost } from '../context.ts';

export const logs: Command<Context> = {
  name: 'logs',
  summary: 'show the journal of a host, or the log of one of its units or containers',
  example: 'logs app worker --lines 50',
  changesState: false,
  arguments: [
    { name: 'host', description: 'app, db or docker', choices: hostNames },
    { name: 'unit', description: 'a systemd unit, a container, or a component', isOptional: true },
  ],
  flags: [
    { usage: '--lines <count>', description: 'how many of the last lines (default: 100)', parse: countOf },
    {
      usage: '--since <time>',
      description: 'only lines after this time, such as "10 minutes ago" or "2026-01-05 10:00"',
    },
  ],
  run: async (context, given) => {
    const host = given.arguments.host as HostName;
    const unit = given.arguments.unit as string | undefined;
    const lines = (given.flags.lines as number | undefined) ?? 100;
    const argv = logArgv(host, unit, lines, given.flags.since as string | undefined);
    insistOnHere(host, unit);
    await insistOnLab(context);
    const { stdout, stderr } = await withHost(context, host, async (open) => {
      if (unit !== undefined && argv[0] === 'journalctl') await insistOnUnit(open, argv.at(-1) ?? unit);
      return open.exec(argv).catch(noSuchTime);
    });
    // Docker gives back a container's stderr on its own.
    const text = [stdout, stderr].filter((part) => part !== '').join('');
    const found = text.split('\n').filter((line) => line !== '');
    const nothing = `no lines of ${unit ?? 'the journal'} on ${host}; the units are listed by "./sla ssh ${host} systemctl"`;
    return { result: { host, unit: unit ?? null, lines: found }, text: found.length === 0 ? nothing : text };
  },
};

function countOf(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new SlaError('usage', `"${text}" is no number of lines`, {
    remedy: 'give a whole number above 0, as in "./sla logs app --lines 50"',
  });
}

/** A component of another host would have no lines here, and nobody would know why. */
function insistOnHere(host: HostName, unit: string | undefined): void {
  const component = components.find(({ name }) => name === unit);
  if (!component || component.host === host) return;
  throw new SlaError('usage', `${component.name} is not on ${host}`, {
    remedy: `run "./sla logs ${component.host} ${component.name}"`,
  });
}

/** A unit that is gone may still have lines: only one that never was is refused. */
async function insistOnUnit(host: Host, unit: string): Promise<void> {
  const shown = await host.query(['systemctl', 'show', '--property=LoadState', '--value', '--', unit]);
  if (shown.stdout.trim() !== 'not-found') return;
  const said = await host.query(['journalctl', '--quiet', '--lines=1', '--unit', unit]);
  if (said.stdout.trim() !== '') return;
  throw new SlaError('usage', `no unit of ${host.name} is named "${unit}"`, {
    remedy: `take one of "./sla ssh ${host.name} systemctl"`,
  });
}

/** What date and journalctl say of a time that they do not understand. */
function noSuchTime(thrown: unknown): never {
  const isTime =
    thrown instanceof SlaError && /invalid date|Failed to parse timestamp/.test(String(thrown.cause));
  if (!isTime) throw thrown;
  throw new SlaError('usage', 'the time of --since is not understood', {
    cause: thrown.cause,
    remedy: 'give it like "yesterday", "10 minutes ago" or "2026-01-05 10:00"',
  });
}

/** The command that prints a log, oldest line first. */
export function logArgv(
  host: HostName,
  unit: string | undefined,
  lines: number,
  since: string | undefined,
): Argv {
  const component = components.find((candidate) => candidate.host === host && candidate.name === unit);
  if (component?.runtime.kind === 'container') {
    const words = ['docker', 'logs', '--timestamps', '--tail', String(lines)];
    if (since === undefined) return [...words, component.runtime.container];
    // Docker knows no "yesterday"; the host's own clock decides what it means, as for a journal.
    const dated = `from=$(date --date="$1" +%s) || exit 2; shift; exec "$@" --since "$from" "$0"`;
    return ['sh', '-c', dated, component.runtime.container, since, ...words];
  }
  const name = component?.runtime.kind === 'unit' ? component.runtime.unit : unit;
  return [
    'journalctl',
    '--no-pager',
    '--quiet',
    '--output=short-iso',
    '--lines',
    String(lines),
    ...(since === undefined ? [] : ['--since', since]),
    ...(name === undefined ? [] : ['--unit', name]),
  ];
}
