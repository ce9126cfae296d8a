import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { writePrivate } from '../../core/state.ts';

/** The files of a copy of both stores, in one folder that is there whole or not at all. */
export const copyFiles = {
  globals: 'globals.sql',
  database: 'postgres.dump',
  redis: 'dump.rdb',
  fingerprint: 'fingerprint',
} as const;

const manifestSchema = z.object({
  format: z.literal(1),
  /** UTC, ISO 8601. */
  takenAt: z.string(),
  files: z.record(z.string(), z.object({ bytes: z.number(), sha256: z.string() })),
});
export type Manifest = z.output<typeof manifestSchema>;

export interface Copy {
  readonly folder: string;
  readonly manifest: Manifest;
}

/** A new copy, written by `fill`; its folder gets its name, the instant, when it is complete. */
export async function makeCopy(
  parent: string,
  takenAt: Date,
  fill: (folder: string) => Promise<void>,
): Promise<Copy> {
  const draft = join(parent, `.new-${process.pid}`);
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { recursive: true, mode: 0o700 });
  await fill(draft);
  const names = [copyFiles.globals, copyFiles.database, copyFiles.redis];
  const manifest: Manifest = {
    format: 1,
    takenAt: takenAt.toISOString(),
    files: Object.fromEntries(names.map((name) => [name, digestOf(join(draft, name))])),
  };
  writePrivate(join(draft, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  const folder = join(parent, manifest.takenAt.replaceAll(':', '-'));
  renameSync(draft, folder);
  return { folder, manifest };
}

/** The newest complete copy whose files are what they were; damaged ones are passed over by name. */
export function newestCopy(parent: string, damaged: (name: string) => void): Copy | undefined {
  if (!existsSync(parent)) return undefined;
  for (const name of readdirSync(parent)
    .filter((entry) => !entry.startsWith('.'))
    .toSorted()
    .reverse()) {
    const copy = openCopy(join(parent, name));
    if (copy) return copy;
    damaged(name);
  }
  return undefined;
}

/** A copy, or undefined when a file is missing or is not what it was. */
export function openCopy(folder: string): Copy | undefined {
  const file = join(folder, 'manifest.json');
  if (!existsSync(file)) return undefined;
  const parsed = manifestSchema.safeParse(JSON.parse(readFileSync(file, 'utf8')));
  if (!parsed.success) return undefined;
  const isWhole = Object.entries(parsed.data.files).every(([name, expected]) => {
    const path = join(folder, name);
    return existsSync(path) && digestOf(path).sha256 === expected.sha256;
  });
  return isWhole ? { folder, manifest: parsed.data } : undefined;
}

function digestOf(path: string): { bytes: number; sha256: string } {
  return {
    bytes: statSync(path).size,
    sha256: createHash('sha256').update(readFileSync(path)).digest('hex'),
  };
}
