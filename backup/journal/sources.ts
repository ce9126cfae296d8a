import { existsSync, linkSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { SlaError } from '../../core/errors.ts';
import { flush } from '../../core/state.ts';
import { type AofFile, type Manifest, parseManifest } from './manifest.ts';

/**
 * How a source follows the one before: without a gap; behind one, in which votes went on or nobody knows; or behind
 * one in which Redis went back to an older state of itself.
 */
export const joints = ['next', 'gap', 'back'] as const;
export type Joint = (typeof joints)[number];

/**
 * A file of the replica that the journal reads, kept by a link of our own: Redis may remove it, and it is read to
 * its end all the same.
 */
export interface Source {
  /** `000007.gap.1234.appendonly.aof.3.incr.aof`, with the inode it had; they sort as they follow each other. */
  readonly name: string;
  readonly joint: Joint;
  readonly inode: number;
}

export interface Sources {
  /** Links what is new, and gives all sources, oldest first. */
  refresh(): readonly Source[];
  pathOf(source: Source): string;
  /** The snapshot that a source behind a gap builds on. */
  baseOf(source: Source): string;
  /** Removes what was read to its end. */
  forget(source: Source): void;
}

/**
 * The sources of a journal. `replica` is the folder of the replica, with `appendonlydir` in it, on the same file
 * system as the journal. Errors: `journal-source`.
 */
export function openSources(replica: string, journal: string): Sources {
  const from = join(replica, 'appendonlydir');
  const folder = join(journal, 'source');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // Where the replication stream stood when a file was closed in good order: Redis tells it only for a moment.
  const endOffsets = new Map<string, number>();
  return {
    refresh() {
      const manifest = manifestIn(from);
      for (const file of manifest?.increments ?? []) noteEnd(endOffsets, file, sizeOf(join(from, file.name)));
      if (manifest) linkNew(from, folder, manifest, endOffsets);
      return sourcesIn(folder);
    },
    pathOf: ({ name }) => join(folder, name),
    baseOf: ({ name }) => join(folder, baseName(name)),
    forget({ name }) {
      for (const gone of [name, baseName(name)]) rmSync(join(folder, gone), { force: true });
    },
  };
}

/** A Redis that was killed guesses where its file ends: as if the file were the stream. That is not to be trusted. */
export function noteEnd(
  endOffsets: Map<string, number>,
  { name, startOffset, endOffset }: AofFile,
  bytes: number,
): void {
  if (endOffset === undefined || startOffset === undefined) return;
  if (endOffset === startOffset + bytes) endOffsets.delete(name);
  else endOffsets.set(name, endOffset);
}

function manifestIn(folder: string): Manifest | undefined {
  const name = existsSync(folder) && readdirSync(folder).find((file) => file.endsWith('.manifest'));
  return name ? parseManifest(readFileSync(join(folder, name), 'utf8')) : undefined;
}

function linkNew(
  from: string,
  folder: string,
  manifest: Manifest,
  endOffsets: ReadonlyMap<string, number>,
): void {
  let last = sourcesIn(folder).at(-1);
  const inodes = manifest.increments.map(({ name }) => inodeOf(join(from, name)));
  let at = last === undefined ? 0 : inodes.lastIndexOf(last.inode) + 1;
  for (; at < manifest.increments.length; at += 1) {
    const file = manifest.increments[at];
    const before = manifest.increments[at - 1];
    // Redis removed it again: the next look finds what there is instead.
    if (!file || inodes[at] === undefined) return;
    const isNext = before !== undefined && last !== undefined && inodes[at - 1] === last.inode;
    const joint = isNext ? 'next' : jointOf(file, last, endOffsets);
    const name = `${nextNumber(last)}.${joint}.${inodes[at]}.${file.name}`;
    if (
      joint !== 'next' &&
      manifest.base &&
      !link(join(from, manifest.base.name), join(folder, baseName(name)))
    )
      return;
    if (!link(join(from, file.name), join(folder, name))) return;
    flush(folder);
    last = sourcesIn(folder).at(-1);
  }
}

/** No vote can have been accepted within fewer bytes than the shortest command that accepts one. */
const shortestPush = '*3\r\n$5\r\nRPUSH\r\n$5\r\nvotes\r\n$1\r\nx\r\n'.length;

/** Of a file that is not seen beside the one before: only the offsets of the stream can tell what lies between. */
export function jointOf(
  { startOffset }: AofFile,
  last: Pick<Source, 'name'> | undefined,
  endOffsets: ReadonlyMap<string, number>,
): Joint {
  const endOffset = last && endOffsets.get(fileName(last.name));
  if (startOffset === undefined || endOffset === undefined) return 'gap';
  if (startOffset < endOffset) return 'back';
  return startOffset - endOffset < shortestPush ? 'next' : 'gap';
}

function sourcesIn(folder: string): readonly Source[] {
  return readdirSync(folder)
    .sort()
    .flatMap((name) => {
      const joint = joints.find((one) => name.split('.')[1] === one);
      const inode = inodeOf(join(folder, name));
      return joint && inode !== undefined ? [{ name, joint, inode }] : [];
    });
}

const nextNumber = (last: Source | undefined): string =>
  String(last ? Number(last.name.split('.')[0]) + 1 : 1).padStart(6, '0');

/** `000007.gap.1234.NAME` → `000007.base.rdb`. */
const baseName = (name: string): string => `${name.split('.')[0]}.base.rdb`;

const fileName = (name: string): string => name.split('.').slice(3).join('.');

const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;

const inodeOf = (path: string): number | undefined => statSync(path, { throwIfNoEntry: false })?.ino;

/** False when the file has just gone. */
function link(path: string, to: string): boolean {
  try {
    rmSync(to, { force: true });
    linkSync(path, to);
    return true;
  } catch (thrown) {
    const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
    if (code === 'ENOENT') return false;
    throw new SlaError('journal-source', `the journal of votes cannot keep hold of ${path}`, {
      cause: thrown,
      remedy: 'follow docs/runbooks/journal-source.md',
    });
  }
}
