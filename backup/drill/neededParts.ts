import { stanza } from '../../core/backupLayout.ts';
import type { PostgresPlan } from '../planRestore.ts';
import { parseSegment, segmentFrom } from '../segments.ts';
import type { Cut } from '../types.ts';
import type { Part } from './damage.ts';

export interface CopyContent {
  readonly plan: PostgresPlan;
  readonly cut: Cut;
  /** Text of `backup.manifest` of the backup that the plan begins with. */
  readonly manifest: string;
  /** Bytes of every file of the copy, by its path. */
  readonly sizes: ReadonlyMap<string, number>;
}

/**
 * The parts of a copy that its restore needs. Not among them: older backups and versions of files, WAL beyond the
 * cut, and copies of which one is enough. Damage there is none of this cut's, and a drill may rightly prove it.
 */
export function neededParts(content: CopyContent): readonly Part[] {
  return [...backupParts(content), ...indexParts(content), ...segmentParts(content), ...cutParts(content)];
}

interface StoredFile {
  readonly bni?: number;
  readonly bno?: number;
  readonly bi?: number;
  readonly reference?: string;
  readonly size: number;
  readonly 'repo-size'?: number;
}

const backupRoot = `repository/backup/${stanza}`;
const archiveRoot = `repository/archive/${stanza}`;

/** Files of the cluster, most of them in bundles; empty ones are made without being read. */
function backupParts({ plan, manifest, sizes }: CopyContent): readonly Part[] {
  return storedFiles(manifest).flatMap(([name, stored]) => {
    const bytes = stored['repo-size'] ?? stored.size;
    const file = placeOf(name, stored, plan.backup);
    const whole = sizes.get(file);
    const from = stored.bni === undefined ? 0 : (stored.bno ?? 0);
    const isThere = stored.size > 0 && bytes > 0 && whole !== undefined && from + bytes <= whole;
    return isThere ? [{ role: 'backup' as const, file, from, bytes }] : [];
  });
}

function placeOf(name: string, { bni, bi, reference }: StoredFile, backup: string): string {
  const folder = `${backupRoot}/${reference ?? backup}`;
  if (bni !== undefined) return `${folder}/bundle/${bni}`;
  return `${folder}/${name}${bi === undefined ? '.zst' : '.pgbi'}`;
}

function storedFiles(manifest: string): readonly (readonly [string, StoredFile])[] {
  const [, after = ''] = manifest.split('\n[target:file]\n');
  const [section = ''] = after.split('\n\n');
  return section.split('\n').flatMap((line) => {
    const at = line.indexOf('={');
    return at < 0 ? [] : [[line.slice(0, at), JSON.parse(line.slice(at + 1)) as StoredFile] as const];
  });
}

/** What pgBackRest knows of its files. Each lies there twice, and the second is taken when the first is damaged. */
const indexParts = ({ plan, sizes }: CopyContent): readonly Part[] =>
  [
    `${backupRoot}/backup.info`,
    `${backupRoot}/${plan.backup}/backup.manifest`,
    `${archiveRoot}/archive.info`,
  ].map((file) => ({
    role: 'index',
    file,
    from: 0,
    bytes: sizes.get(file) ?? 1,
    twin: `${file}.copy`,
  }));

// Salt and the first block behind it: without them nothing of a file can be read.
const headBytes = 32;
// What is left of a segment that was closed early: compressed zeros, of which nothing is read.
const tailBytes = 1024;

function segmentParts({ plan, sizes }: CopyContent): readonly Part[] {
  const [first, last] = [segmentFrom(plan.wal.first), segmentFrom(plan.wal.last)];
  return [...sizes].flatMap(([file, size]) => {
    const name = file.startsWith(`${archiveRoot}/`) ? (file.split('/').at(-1) ?? '') : '';
    const segment = parseSegment(name.slice(0, 24));
    const isNeeded =
      segment &&
      /^-[0-9a-f]{40}/.test(name.slice(24)) &&
      segment.timeline === last.timeline &&
      segment.number >= first.number &&
      segment.number <= last.number;
    if (!isNeeded) return [];
    // Behind the cut the last one holds what is not replayed.
    const bytes = segment.number === last.number ? headBytes : Math.max(headBytes, size - tailBytes);
    return [{ role: 'segment' as const, file, from: 0, bytes: Math.min(bytes, size) }];
  });
}

const ownFiles = ['cut.json', 'cut.mac'];

const cutParts = ({ cut, sizes }: CopyContent): readonly Part[] =>
  [...Object.keys(cut.files), ...ownFiles].map((name) => {
    const file = `cuts/${cut.label}/${name}`;
    return { role: roleOf(name), file, from: 0, bytes: sizes.get(file) ?? 1 };
  });

function roleOf(name: string): Part['role'] {
  if (name.endsWith('.rdb')) return 'snapshot';
  return name.endsWith('fingerprint.json') ? 'fingerprint' : 'cut';
}
