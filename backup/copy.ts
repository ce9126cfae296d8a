import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { basename, join, relative } from 'node:path';
import { z } from 'zod';
import { flush, writePrivate } from '../core/state.ts';
import { type Copy, type FileSum, type StoreName, storeNames } from './types.ts';

const manifestSchema = z.object({
  format: z.literal(1),
  takenAt: z.string(),
  stores: z.array(z.enum(storeNames)),
  files: z.record(z.string(), z.object({ bytes: z.number(), sha256: z.string() })),
});

const manifestName = 'manifest.json';
const draftPrefix = '.new';

/** Where a store lies in a copy. */
export const storeFolder = (copy: Pick<Copy, 'folder'>, store: StoreName): string => join(copy.folder, store);

/** The name by which a person chooses a copy. */
export const nameOf = ({ folder }: Pick<Copy, 'folder'>): string => basename(folder);

/**
 * Makes a copy of these stores, written by `fill`. Its folder gets its name, the instant, when every byte is on
 * the disk: what it was taken from may be destroyed next. Nobody else may write below `parent` meanwhile.
 */
export async function makeCopy(
  parent: string,
  takenAt: Date,
  stores: readonly StoreName[],
  fill: (draft: string) => Promise<void>,
): Promise<Copy> {
  removeDrafts(parent);
  const draft = join(parent, `${draftPrefix}-${process.pid}`);
  mkdirSync(draft, { recursive: true, mode: 0o700 });
  for (const store of stores) mkdirSync(join(draft, store));
  await fill(draft);
  const files = sumsBelow(draft);
  const manifest = { format: 1, takenAt: takenAt.toISOString(), stores, files };
  writePrivate(join(draft, manifestName), `${JSON.stringify(manifest, null, 2)}\n`);
  for (const path of [...pathsBelow(draft), draft]) flush(path);
  const folder = join(parent, manifest.takenAt.replaceAll(':', '-'));
  renameSync(draft, folder);
  flush(parent);
  return { folder, takenAt: manifest.takenAt, stores, files };
}

/** A copy, or undefined when any of its files is missing or is not what it was. */
export function openCopy(folder: string): Copy | undefined {
  const copy = readManifest(folder);
  const isWhole =
    copy &&
    Object.entries(copy.files).every(([name, expected]) => {
      const path = join(folder, name);
      return existsSync(path) && sumOf(path).sha256 === expected.sha256;
    });
  return isWhole ? copy : undefined;
}

/** Names of all copies, damaged ones too, newest first. */
export const copyNames = (parent: string): readonly string[] =>
  existsSync(parent)
    ? readdirSync(parent)
        .filter((name) => !name.startsWith('.'))
        .toSorted()
        .reverse()
    : [];

/** The newest copy of a store that is what it was; `damaged` hears the names of those passed over. */
export function newestCopy(
  parent: string,
  store: StoreName,
  damaged: (name: string) => void,
): Copy | undefined {
  for (const name of copyNames(parent)) {
    if (readManifest(join(parent, name))?.stores.includes(store) === false) continue;
    const copy = openCopy(join(parent, name));
    if (copy) return copy;
    damaged(name);
  }
  return undefined;
}

/** Removes copies that are older than the newest three good ones; gives their names. */
export function removeOldCopies(parent: string, inUse: readonly string[]): readonly string[] {
  const known = copyNames(parent).map((name) => ({ name, stores: openCopy(join(parent, name))?.stores }));
  const old = copiesToRemove(known, inUse);
  for (const name of old) rmSync(join(parent, name), { recursive: true, force: true });
  return old;
}

export interface KnownCopy {
  readonly name: string;
  /** Undefined: it is damaged. */
  readonly stores: readonly StoreName[] | undefined;
}

const keptCopies = 3;

/**
 * Those behind the third good copy of each store, of a list that begins with the newest. A damaged one counts
 * for nothing and stays as long as a good one of its age would: part of it may still be of use.
 */
export function copiesToRemove(copies: readonly KnownCopy[], inUse: readonly string[]): readonly string[] {
  const seen = new Map<StoreName, number>(storeNames.map((store) => [store, 0]));
  return copies.flatMap(({ name, stores }) => {
    const needed = (stores ?? storeNames).filter((store) => (seen.get(store) ?? 0) < keptCopies);
    for (const store of stores ?? []) seen.set(store, (seen.get(store) ?? 0) + 1);
    return needed.length > 0 || inUse.includes(name) ? [] : [name];
  });
}

function readManifest(folder: string): Copy | undefined {
  const path = join(folder, manifestName);
  if (!existsSync(path)) return undefined;
  try {
    const { takenAt, stores, files } = manifestSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
    return { folder, takenAt, stores, files };
  } catch {
    // Half a file, or somebody's own: no copy in either case.
    return undefined;
  }
}

function removeDrafts(parent: string): void {
  if (!existsSync(parent)) return;
  for (const name of readdirSync(parent).filter((entry) => entry.startsWith(draftPrefix)))
    rmSync(join(parent, name), { recursive: true, force: true });
}

const pathsBelow = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name));

const sumsBelow = (folder: string): Readonly<Record<string, FileSum>> =>
  Object.fromEntries(
    pathsBelow(folder)
      .filter((path) => statSync(path).isFile())
      .map((path) => [relative(folder, path), sumOf(path)]),
  );

/** Piece by piece: a dump may be larger than the memory. */
function sumOf(path: string): FileSum {
  const hash = createHash('sha256');
  const piece = Buffer.alloc(1 << 20);
  const file = openSync(path, 'r');
  let bytes = 0;
  try {
    for (;;) {
      const read = readSync(file, piece);
      if (read === 0) return { bytes, sha256: hash.digest('hex') };
      hash.update(piece.subarray(0, read));
      bytes += read;
    }
  } finally {
    closeSync(file);
  }
}
