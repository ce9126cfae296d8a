import { linesOf, pairAt, releaseIn, sumsIn } from '../pairs.ts';
import { containersFrom } from './containers.ts';
import { portsFrom } from './ports.ts';
import type { Question } from './questions.ts';
import { linesWithoutSecrets, withoutPasswords, withoutSecret } from './secrets.ts';
import type { Inventory, Items } from './types.ts';
import { unitsFrom } from './units.ts';
import { fileText, keyItem } from './values.ts';

/** What was answered, by the name of the question. */
export type Answers = (question: Question) => string;

/** An inventory from the answers; `texts` are those of the files that steps edit. */
export function inventoryFrom(answers: Answers, texts: ReadonlyMap<string, string>): Inventory {
  return {
    system: systemFrom(answers('release'), answers('machine')),
    packages: packagesFrom(answers('packages')),
    units: sorted(unitsFrom(answers('unitFiles'), answers('units'))),
    users: usersFrom(answers('users'), answers('groups'), answers('passwords')),
    keys: keysFrom(answers('keys')),
    sudoers: rulesFrom(answers('sudoers'), 'granted'),
    ports: sorted(portsFrom(answers('ports'))),
    mounts: mountsFrom(answers('mounts')),
    cron: rulesFrom(answers('cron'), 'scheduled'),
    images: itemsFrom(linesOf(answers('images')).map((line) => pairAt(line, '|'))),
    containers: sorted(containersFrom(answers('containers'))),
    files: filesFrom(answers('attributes'), answers('links'), answers('hashes')),
    schemas: schemasFrom(answers('schemas')),
    settings: settingsFrom(answers('redis')),
    texts: Object.fromEntries([...texts].map(([path, text]) => [path, linesWithoutSecrets(text)])),
  };
}

/** Names in the order of their letters, so that the same state is always written in the same way. */
const sorted = <T>(record: Readonly<Record<string, T>>): Readonly<Record<string, T>> =>
  Object.fromEntries(Object.entries(record).toSorted(([one], [other]) => (one < other ? -1 : 1)));

const itemsFrom = (pairs: readonly (readonly [string, string])[]): Items => sorted(Object.fromEntries(pairs));

function systemFrom(release: string, machine: string): Items {
  const [architecture = '', hostname = '', zone = ''] = machine.split('\n');
  return {
    architecture,
    hostname,
    system: releaseIn(release).get('PRETTY_NAME') ?? '',
    'time zone': zone.replace('/usr/share/zoneinfo/', ''),
  };
}

const packagesFrom = (output: string): Items =>
  itemsFrom(
    linesOf(output).flatMap((line) => {
      const [name = '', status, version = ''] = line.split('|');
      return status === 'installed' ? [[name, version] as const] : [];
    }),
  );

function usersFrom(passwd: string, groups: string, passwords: string): Items {
  const fields = linesOf(groups).map((line) => line.split(':'));
  const groupNames = new Map(fields.map(([name = '', , gid = '']) => [gid, name]));
  const states = new Map(linesOf(passwords).map((line) => pairAt(line, ' ')));
  return itemsFrom(
    linesOf(passwd).map((line) => {
      const [name = '', , uid = '', gid = '', , home = '', shell = ''] = line.split(':');
      const others = fields
        .filter(([, , , members = '']) => members.split(',').includes(name))
        .map(([group = '']) => group);
      const parts = [
        `uid ${uid}`,
        `groups ${[groupNames.get(gid) ?? gid, ...others.toSorted()].join(',')}`,
        home,
        shell,
        passwordState(states.get(name)),
      ];
      return [name, parts.join(' ')] as const;
    }),
  );
}

function passwordState(found: string | undefined): string {
  if (found === undefined || /^[*!]/.test(found)) return 'no password';
  return found === '' ? 'empty password' : `password sha256:${found.slice(0, 12)}`;
}

const keysFrom = (output: string): Items =>
  itemsFrom(
    linesOf(output).flatMap((line) => {
      const [user, entry] = pairAt(line, ' ');
      const [, type = '', key = '', comment = ''] =
        /(?:^|\s)((?:ssh|ecdsa|sk)-\S+) (\S+)\s*(.*)$/.exec(entry) ?? [];
      if (key === '') return [];
      return [[keyItem(user, key), `${type} ${comment}`.trim()] as const];
    }),
  );

const rulesFrom = (output: string, value: string): Items =>
  itemsFrom(
    linesOf(output).map((line) => {
      const [path, rule] = pairAt(line, ':');
      return [`${path}: ${withoutPasswords(rule.trim().replaceAll(/\s+/g, ' '))}`, value] as const;
    }),
  );

/** File systems that hold data, or that somebody put there; not those of the kernel and of the engine. */
const dataTypes =
  /^(ext[234]|xfs|btrfs|zfs|vfat|exfat|f2fs|nfs4?|cifs|smb3|fuse\.\w+|tmpfs|overlay|9p|virtiofs)$/;
const volatileMounts =
  /^\/(proc|sys|dev)\/?|^\/run\/(user|credentials|docker|containerd|netns|lock)\b|^\/var\/lib\/(docker|containerd)\//;

const mountsFrom = (output: string): Items =>
  itemsFrom(
    linesOf(output).flatMap((line) => {
      const [source = '', target = '', type = '', options = ''] = line.split(' ');
      if (!dataTypes.test(type) || volatileMounts.test(target)) return [];
      // A loop device gets another number whenever it is attached.
      const device =
        type === 'overlay' || type === 'tmpfs' ? type : source.replace(/^\/dev\/loop\d+/, 'loop');
      return [[target, `${device} ${type} ${options.split(',')[0]}`] as const];
    }),
  );

function filesFrom(attributes: string, links: string, hashes: string): Items {
  const sums = sumsIn(hashes);
  return itemsFrom([
    ...linesOf(attributes).map((line) => {
      const [mode = '', owner = '', size = '', ...path] = line.split('|');
      const name = path.join('|');
      const sum = sums.get(name);
      return [name, fileText(mode, owner, sum ?? `${size} bytes`)] as const;
    }),
    ...linesOf(links)
      .map((line) => pairAt(line, '|'))
      .map(([target, path]) => [path, `link to ${target}`] as const),
  ]);
}

const schemasFrom = (output: string): Items =>
  itemsFrom(
    linesOf(output).map((line) => {
      const [database = '', what = '', ...definition] = line.split('|');
      return [database === '' ? what : `${database}: ${what}`, definition.join('|') || 'there'] as const;
    }),
  );

const settingsFrom = (output: string): Items => {
  const lines = output.split('\n');
  return itemsFrom(
    lines.flatMap((name, index) =>
      index % 2 === 0 && lines.length > 1
        ? [[name, withoutSecret(name, lines[index + 1] ?? '')] as const]
        : [],
    ),
  );
};
