import { posix } from 'node:path';
import { backupUnits, scratchImage } from '../../core/backupLayout.ts';
import type { Declared } from './declared.ts';
import { canonical } from './evidence.ts';
import { packageReasons } from './origins.ts';
import type { Evidence, Found, Inventory, SectionName } from './types.ts';

/** Why things are as they are although nobody declared them one by one. */
export interface Reasons {
  readonly declared: Declared;
  /** The declaration that something follows from, in words; undefined when there is none. */
  reasonOf(section: SectionName, item: string, found: string | undefined): string | undefined;
}

/** Said by another section already: a published port belongs to its container. */
export const isRedundant = (
  section: SectionName,
  before: string | undefined,
  after: string | undefined,
): boolean =>
  section === 'ports' && [before, after].every((value) => value === undefined || value === 'docker-proxy');

/** All that the rules look at. */
interface Scene {
  readonly delivered: Inventory;
  readonly found: Inventory;
  readonly evidence: Evidence;
  readonly declared: Declared;
  /** Why a package is not as delivered. */
  readonly packages: ReadonlyMap<string, string>;
}

type Rule = (scene: Scene, item: string, found: string | undefined) => string | undefined;

export function reasonsFor(
  delivered: Inventory,
  { inventory, evidence }: Found,
  declared: Declared,
): Reasons {
  const packages = packageReasons(delivered, inventory, evidence, declared);
  const scene: Scene = { delivered, found: inventory, evidence, declared, packages };
  return { declared, reasonOf: (section, item, found) => rules[section]?.(scene, item, found) };
}

const rules: Partial<Readonly<Record<SectionName, Rule>>> = {
  packages: ({ packages }, item) => packages.get(item),
  units: unitReason,
  users: ({ evidence, packages }, item, found) =>
    found !== undefined && /no password$/.test(found) && shellsOfAccounts.test(`${item} ${found}`)
      ? broughtBy(packages, evidence.accounts.get(item))
      : undefined,
  ports: portReason,
  sudoers: lineReason,
  cron: lineReason,
  images: ({ found, declared }, item, id) => {
    if (item === scratchImage && drillsAreDeclared(declared)) return 'of a drill that is on its way';
    const isOfOurs = Object.entries(found.containers).some(
      ([name, properties]) => properties['image id'] === id && declared.hasThing('containers', name),
    );
    return isOfOurs ? 'of a declared container' : undefined;
  },
  containers: ({ delivered, found, declared }, item) => {
    const name = item.split(' ')[0] ?? '';
    if (found.containers[name]?.image === scratchImage && drillsAreDeclared(declared))
      return 'of a drill that is on its way';
    const isOurs = delivered.containers[name] === undefined && declared.hasThing('containers', name);
    return isOurs ? 'a declared container' : undefined;
  },
  files: fileReason,
};

const drillsAreDeclared = (declared: Declared): boolean => declared.hasThing('units', backupUnits.agent);

/** An account that a package makes opens no shell; that of PostgreSQL has one, as Debian makes it. */
const shellsOfAccounts = /\/(nologin|false) |^postgres .* \/var\/lib\/postgresql \/bin\/bash /;

/** `with haproxy` for what a package of ours brought. */
function broughtBy(packages: Scene['packages'], owners: readonly string[] | undefined): string | undefined {
  const owner = owners?.find((name) => packages.has(name));
  return owner === undefined ? undefined : `with ${owner}`;
}

function unitReason(scene: Scene, item: string, found: string | undefined): string | undefined {
  const [unit = ''] = item.split(' ');
  if (found === undefined || found === 'failed') return undefined;
  const names = [unit, unit.replace(/@.*(?=\.)/, '@')];
  const owned = names.flatMap((name) => scene.evidence.owners.get(`/usr/lib/systemd/system/${name}`) ?? []);
  const old = scene.evidence.owners.get(`/etc/init.d/${unit.replace(/\.\w+$/, '')}`) ?? [];
  const isOurs = names.some((name) => scene.declared.item('files', `/etc/systemd/system/${name}`)?.value);
  return (
    broughtBy(scene.packages, [...owned, ...old]) ?? (isOurs ? 'a declared unit' : aliasReason(scene, unit))
  );
}

/** Another name of a unit: a link that a package of ours made. */
function aliasReason(scene: Scene, unit: string): string | undefined {
  const path = `/etc/systemd/system/${unit}`;
  const link = scene.found.files[path];
  return link === undefined ? undefined : fileReason(scene, path, link);
}

function portReason({ evidence, packages, delivered }: Scene, item: string): string | undefined {
  const path = canonical(evidence.programs.get(item) ?? '');
  const owners = evidence.owners.get(path) ?? [];
  const isNew = owners.some((owner) => delivered.packages[owner] === undefined);
  return isNew ? broughtBy(packages, owners) : undefined;
}

/** Of a line of a file: that of its file. */
function lineReason(scene: Scene, item: string): string | undefined {
  const path = item.slice(0, item.indexOf(': '));
  const found = scene.found.files[path];
  if (found === undefined) return undefined;
  const exact = scene.declared.item('files', path);
  return exact?.value === found ? 'a declared file' : fileReason(scene, path, found);
}

function fileReason(scene: Scene, path: string, found: string | undefined): string | undefined {
  const edit = scene.declared.edits.get(path);
  if (edit) return editReason(scene, path, edit);
  const link = /^link to (.*)$/.exec(found ?? scene.delivered.files[path] ?? '')?.[1];
  if (link !== undefined) return linkReason(scene, path, link, found);
  if (found === undefined) return undefined;
  const { packaged, md5, owners, copies } = scene.evidence;
  const sum = md5.get(path) ?? '';
  const isNew = scene.delivered.files[path] === undefined;
  return (
    (packaged.get(path) === sum ? broughtBy(scene.packages, owners.get(path)) : undefined) ??
    (isNew ? broughtBy(scene.packages, [...(copies.get(sum) ?? []), ...writersOf(path)]) : undefined)
  );
}

/** What installing a package writes anew on each host, with the packages that do. */
const written: readonly (readonly [RegExp, string])[] = [
  [/^\/etc\/ssl\/(certs\/ssl-cert-snakeoil\.pem|private\/ssl-cert-snakeoil\.key)$/, 'ssl-cert'],
  [/^\/etc\/locale\.gen$/, 'locales'],
];

const writersOf = (path: string): readonly string[] =>
  written.flatMap(([pattern, name]) => (pattern.test(path) ? [name] : []));

/** The delivered text, edited, must be the text that is there. */
function editReason(
  { delivered, found }: Scene,
  path: string,
  edit: (text: string) => string,
): string | undefined {
  const before = (delivered.texts[path] ?? []).map((line) => `${line}\n`).join('');
  const wanted = edit(before).trimEnd();
  return found.texts[path]?.join('\n').trimEnd() === wanted ? 'edited' : undefined;
}

/** Links that installing and enabling make: into folders of systemd, of run levels, and of alternatives. */
function linkReason(scene: Scene, path: string, link: string, found: string | undefined): string | undefined {
  const target = canonical(posix.resolve(posix.dirname(path), link));
  const { owners } = scene.evidence;
  const unit = posix.basename(target);
  const service = /^\/etc\/rc\w\.d\/[SK]\d\d(.+)$/.exec(path)?.[1];
  const names = service === undefined ? [unit] : [`${service}.service`];
  const declaredUnit = names.find((name) => scene.declared.item('units', `${name} at boot`));
  if (declaredUnit !== undefined && /^\/etc\/(systemd\/system|rc\w\.d)\//.test(path))
    return `with ${declaredUnit}`;
  return found === undefined
    ? undefined
    : broughtBy(scene.packages, [
        ...(owners.get(target) ?? []),
        ...(owners.get(path) ?? []),
        ...writersOf(target),
      ]);
}
