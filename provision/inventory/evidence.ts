import { linesOf, pairAt, sumsIn } from '../pairs.ts';
import { updatesMark } from '../script.ts';
import type { Answers } from './parse.ts';
import { pidsFrom } from './ports.ts';
import type { Evidence } from './types.ts';

/** Where things come from, as the host itself has noted it. */
export function evidenceFrom(answers: Answers): Evidence {
  const owners = ownersFrom(answers('owners'), answers('ucfOwners'));
  return {
    owners,
    packaged: packagedFrom(answers('conffiles'), answers('md5sums'), answers('ucfHashes')),
    copies: copiesFrom(answers('copies')),
    md5: sumsIn(answers('md5')),
    needs: needsFrom(answers('packages')),
    providers: providersFrom(answers('packages')),
    updated: updatedFrom(answers('history')),
    accounts: accountsFrom(answers('accounts'), owners),
    programs: programsFrom(answers('ports'), answers('programs')),
  };
}

/** The one name of a path, whether or not it was recorded before the merge of /usr. */
export const canonical = (path: string): string => path.replace(/^\/(lib|bin|sbin)\//, '/usr/$1/');

/** Lists of values by key. */
function gathered(pairs: readonly (readonly [string, string])[]): ReadonlyMap<string, readonly string[]> {
  const lists = new Map<string, string[]>();
  for (const [key, value] of pairs) lists.set(key, [...(lists.get(key) ?? []), value]);
  return lists;
}

const listName = /^\/var\/lib\/dpkg\/info\/([^:]+?)(?::\w+)?\.(?:list|postinst|md5sums)$/;

function ownersFrom(listed: string, registered: string): ReadonlyMap<string, readonly string[]> {
  const fromLists = linesOf(listed).map((line) => {
    const [, file = '', path = ''] = /^(.*?\.list):(\/.*)$/.exec(line) ?? [];
    return [canonical(path), listName.exec(file)?.[1] ?? ''] as const;
  });
  const fromRegistry = linesOf(registered).map((line) => {
    const [name = '', path = ''] = line.trim().split(/\s+/);
    return [path, name] as const;
  });
  return gathered([...fromLists, ...fromRegistry]);
}

function packagedFrom(conffiles: string, md5sums: string, ucfHashes: string): ReadonlyMap<string, string> {
  const ofConffiles = linesOf(conffiles).map((line) => {
    const [path = '', sum = ''] = line.trim().split(' ');
    return [path, sum] as const;
  });
  const ofPackages = [...sumsIn(md5sums)].map(([path, sum]) => [`/${path}`, sum] as const);
  return new Map([...ofConffiles, ...ofPackages, ...sumsIn(ucfHashes)]);
}

const copiesFrom = (output: string): Evidence['copies'] =>
  gathered(
    linesOf(output).map((line) => {
      const [, file = '', sum = ''] = /^(.*?\.md5sums):([0-9a-f]{32})/.exec(line) ?? [];
      return [sum, listName.exec(file)?.[1] ?? ''] as const;
    }),
  );

const packageFields = (output: string) =>
  linesOf(output).flatMap((line) => {
    const [name = '', status, , depends = '', ...rest] = line.split('|');
    // A bar also stands between alternatives: what is provided comes last.
    const provides = rest.at(-1) ?? '';
    const needs = [depends, ...rest.slice(0, -1)].join('|');
    return status === 'installed' ? [{ name, needs, provides }] : [];
  });

const nameOf = (dependency: string): string => dependency.trim().split(/[\s(:]/)[0] ?? '';
const namesIn = (list: string, separator: string): readonly string[] =>
  list.split(separator).map(nameOf).filter(Boolean);

const needsFrom = (output: string): Evidence['needs'] =>
  new Map(
    packageFields(output).map(({ name, needs }) => [
      name,
      needs.split(',').map((alternatives) => namesIn(alternatives, '|')),
    ]),
  );

const providersFrom = (output: string): Evidence['providers'] =>
  gathered(
    packageFields(output).flatMap(({ name, provides }) =>
      namesIn(provides, ',').map((provided) => [provided, name] as const),
    ),
  );

/** Versions installed by runs of apt that were the automatic updates or ours; a person's are not among them. */
function updatedFrom(history: string): ReadonlySet<string> {
  const runs = history
    .split('\n\n')
    .filter((run) => /^Commandline: .*unattended-upgrade/m.test(run) || run.includes(updatesMark));
  const lines = runs.flatMap((run) => run.split('\n')).filter((line) => /^(Upgrade|Install): /.test(line));
  return new Set(lines.flatMap(installedBy));
}

/** `NAME VERSION` of an entry such as `bash:amd64 (5.2-1, 5.2-2)` of an upgrade, `(5.2-2, automatic)` of an install. */
const installedBy = (line: string): readonly string[] =>
  [...line.matchAll(/([\w.+-]+):\w+ \(([^)]+)\)/g)].map(([, name = '', versions = '']) => {
    const [first = '', second = ''] = versions.split(', ');
    return `${name} ${line.startsWith('Upgrade: ') ? second : first}`;
  });

function accountsFrom(mentioned: string, owners: Evidence['owners']): Evidence['accounts'] {
  return gathered(
    linesOf(mentioned).flatMap((line) => {
      const [file, user] = pairAt(line, ':');
      const name = listName.exec(file)?.[1];
      return (name === undefined ? (owners.get(file) ?? []) : [name]).map((owner) => [user, owner] as const);
    }),
  );
}

function programsFrom(ports: string, programs: string): Evidence['programs'] {
  const paths = new Map(linesOf(programs).map((line) => pairAt(line, ' ')));
  return new Map([...pidsFrom(ports)].map(([item, pid]) => [item, paths.get(pid) ?? '']));
}
