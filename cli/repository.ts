import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runLocal } from '../core/local.ts';

export interface RepositoryFile {
  /** Relative to the checkout. */
  readonly path: string;
  readonly text: string;
}

/** Files that git tracks or would track, whose name ends as asked. */
export async function repositoryFiles(checkout: string, ending: string): Promise<readonly RepositoryFile[]> {
  const listed = await runLocal(
    ['git', 'ls-files', '--cached', '--others', '--exclude-standard', '--deduplicate', `*${ending}`],
    { cwd: checkout },
  );
  if (listed.exitCode !== 0) throw new Error(`git cannot list the files of ${checkout}: ${listed.stderr}`);
  return listed.stdout
    .split('\n')
    .filter(Boolean)
    .flatMap((path) => readOrSkip(checkout, path));
}

/** A file deleted but not yet committed is still listed. */
function readOrSkip(checkout: string, path: string): readonly RepositoryFile[] {
  try {
    return [{ path, text: readFileSync(join(checkout, path), 'utf8') }];
  } catch {
    return [];
  }
}
