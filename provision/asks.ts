import type { ComponentName } from '../core/application.ts';
import { type Argv, quoteArgv } from '../core/shell.ts';
import type { Ask } from './types.ts';

/** What one script asks, by kind and without repetition. */
export interface Questions {
  readonly files: readonly string[];
  readonly packages: readonly string[];
  readonly units: readonly string[];
  readonly containers: readonly string[];
  readonly commands: readonly Argv[];
}

/** Folder on the host whose files name the handlers that are owed. */
export const owedFolder = '/var/lib/sla/owed';

/** Name under which a component is owed a restart that another host cannot give it. */
export const revivalOf = (component: ComponentName): string => `revive-${component}`;

export function questionsOf(asks: readonly Ask[]): Questions {
  return {
    files: distinct(asks.flatMap((ask) => (ask.kind === 'file' ? [ask.path] : []))),
    packages: distinct(asks.flatMap((ask) => (ask.kind === 'package' ? [ask.name] : []))),
    units: distinct(asks.flatMap((ask) => (ask.kind === 'unit' ? [ask.name] : []))),
    containers: distinct(asks.flatMap((ask) => (ask.kind === 'container' ? [ask.name] : []))),
    commands: distinctBy(
      asks.flatMap((ask) => (ask.kind === 'command' ? [ask.argv] : [])),
      quoteArgv,
    ),
  };
}

/**
 * Shell lines that answer in sections of `STATUS\nOUTPUT\0`: owed handlers, file attributes, file contents in
 * base64, packages, units, containers, then one section per command. One program per kind, however many things
 * are asked: a program started costs the host a millisecond or two, and there are dozens of steps.
 */
export function questionLines(questions: Questions): readonly string[] {
  const { files, packages, units, containers, commands } = questions;
  return [
    section(`ls ${owedFolder}`),
    group(files, (names) => `stat -L -c '%s|%a|%U:%G|%F|%n' -- ${names} 2>/dev/null`),
    group(files, (names) => `cat -- ${names} 2>/dev/null | base64 -w0`),
    group(packages, (names) => `dpkg-query -W -f '\${Package} \${db:Status-Status} \${Version}\\n' ${names}`),
    group(units, (names) => `systemctl show --property=${unitProperties.join(',')} -- ${names}`),
    group(containers, (names) => `docker container inspect --format '{{json .}}' -- ${names}`),
    ...commands.map((argv) => section(quoteArgv(argv))),
  ];
}

const unitProperties = ['Id', 'LoadState', 'ActiveState', 'UnitFileState', 'NeedDaemonReload'] as const;

/** How many sections the lines answer with. */
export const sectionCount = ({ commands }: Questions): number => 6 + commands.length;

/** `tell` is a function of the script that prints one section. */
const section = (line: string): string => `out=$({ ${line}; } 2>&1 </dev/null); tell $? "$out"`;

const group = (names: readonly string[], line: (quoted: string) => string): string =>
  names.length === 0 ? 'tell 0' : section(line(quoteArgv(names)));

const distinct = (names: readonly string[]): readonly string[] => [...new Set(names)];

const distinctBy = <T>(items: readonly T[], key: (item: T) => string): readonly T[] => [
  ...new Map(items.map((item) => [key(item), item])).values(),
];
