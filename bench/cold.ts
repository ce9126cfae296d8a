import { cpSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runLocal } from '../core/local.ts';
import { BenchLab } from './lab.ts';
import { outputOf } from './programs.ts';

/**
 * Seconds of the first `./sla up` of a fresh copy of the checkout: no npm packages, no images, empty caches of npm,
 * Go and the suite. What is installed on the machine (Debian packages, Docker, perhaps Terraform) stays.
 */
export async function timeColdUp(checkout: string): Promise<number> {
  await insistOnNoLab();
  await removeImages();
  const folder = mkdtempSync(join(tmpdir(), 'sla-cold-'));
  const copy = join(folder, 'checkout');
  const lab = new BenchLab(copy, cachesIn(folder));
  try {
    await copyCheckout(checkout, copy);
    return (await lab.time('up')).seconds;
  } finally {
    await lab.time('down');
    // Go makes the folders of its modules read-only.
    await runLocal(['chmod', '-R', 'u+w', folder]);
    await runLocal(['rm', '-rf', folder]);
  }
}

const cachesIn = (folder: string): NodeJS.ProcessEnv => ({
  XDG_CACHE_HOME: join(folder, 'cache'),
  npm_config_cache: join(folder, 'npm'),
  GOCACHE: join(folder, 'go-build'),
  GOMODCACHE: join(folder, 'go-modules'),
});

/** An image in use cannot be removed, and nobody's lab may lose its images. */
async function insistOnNoLab(): Promise<void> {
  const labs = await outputOf([
    'docker',
    'ps',
    '--all',
    '--filter',
    'label=sla.lab',
    '--format',
    '{{.Names}}',
  ]);
  if (labs !== '') throw new Error(`--cold removes all images of the suite; take these down first:\n${labs}`);
}

async function removeImages(): Promise<void> {
  const listed = await outputOf(['docker', 'image', 'ls', '--all', '--quiet', '--filter', 'label=sla.image']);
  const ids = [...new Set(listed.split('\n').filter(Boolean))];
  // A parent goes with its last child, and is then not there any more for its own turn.
  if (ids.length > 0) await runLocal(['docker', 'image', 'rm', '--force', ...ids]);
}

async function copyCheckout(checkout: string, copy: string): Promise<void> {
  const files = await outputOf(
    ['git', 'ls-files', '--cached', '--others', '--exclude-standard', '--deduplicate'],
    {
      cwd: checkout,
    },
  );
  for (const file of files.split('\n')) cpSync(join(checkout, file), join(copy, file));
}
