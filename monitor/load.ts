import { SlaError } from '../core/errors.ts';
import type { Host } from '../core/host.ts';
import { runLocal } from '../core/local.ts';
import { type Argv, quoteArgv } from '../core/shell.ts';

/** Sends images that a host's engine lacks, all in one archive: `docker save | ssh docker load`. */
export async function loadImages(
  host: Host,
  ssh: Argv,
  tags: readonly string[],
  narrate: (line: string) => void,
): Promise<void> {
  const listed = await host.exec(['docker', 'image', 'ls', '--format', '{{.Repository}}:{{.Tag}}']);
  const present = new Set(listed.stdout.split('\n'));
  const missing = tags.filter((tag) => !present.has(tag));
  if (missing.length === 0) return;
  narrate(`loading ${missing.join(', ')}`);
  const pipeline = `${quoteArgv(['docker', 'save', ...missing])} | ${quoteArgv([...ssh, 'docker', 'load', '--quiet'])}`;
  const loaded = await runLocal(['bash', '-o', 'pipefail', '-c', pipeline]);
  if (loaded.exitCode === 0) return;
  throw new SlaError(
    'remote-command-failed',
    `the images ${missing.join(', ')} cannot be loaded on ${host.name}`,
    {
      cause: loaded.stderr.trim(),
      remedy: `run "./sla doctor ${host.name}"; then run the same command again`,
    },
  );
}
