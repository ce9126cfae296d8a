import type { Host } from '../core/host.ts';
import { runLocal } from '../core/local.ts';
import { knownHostsPath, labPath, readIfPresent, writePrivate } from '../core/state.ts';
import type { Root } from '../core/terraform.ts';
import { labelsOf } from '../lab/labels.ts';
import { stackImageNames } from '../monitor/images.ts';
import { loadImages } from '../monitor/load.ts';
import { type ImageSource, stackVariables } from '../monitor/stack.ts';
import { type Context, sshCommandTo } from './context.ts';

/** The second root, for images from this source. */
export function stackRoot(
  { config, identity, state, hosts, patience, keyFile }: Context,
  images: ImageSource,
): Root {
  const variables = stackVariables({
    // Questions that take a host as long as the pause between them would be all it ever does.
    config: { ...config.stack, scrapeIntervalMs: Math.min(config.stack.scrapeIntervalMs * patience, 60_000) },
    prefix: 'sla',
    labels: labelsOf(identity),
    hosts,
    keyFile,
    knownHostsFile: knownHostsPath(state),
    images,
  });
  return { name: 'stack', variables: { ...variables } };
}

/** Brings the locally built images to the docker host, where they are not there yet. */
export async function loadStackImages(
  context: Context,
  host: Host,
  images: ImageSource,
  narrate: (line: string) => void,
): Promise<void> {
  if (images.kind === 'hub') return;
  const wanted = stackImageNames.map((name) => String(images.tags.get(name)));
  await loadImages(host, sshCommandTo(context, 'docker'), wanted, narrate);
}

/**
 * What `stack.images` chooses. `auto` asks the public hub once per lab and keeps to the answer, so that a lost
 * connection never replaces a running stack.
 */
export async function chooseImages({ config, state }: Context): Promise<ImageSource['kind']> {
  const { images } = config.stack;
  if (images !== 'auto') return images;
  const file = labPath(state, config.lab.name, 'image-source');
  const chosen = readIfPresent(file);
  if (chosen === 'hub' || chosen === 'local') return chosen;
  const asked = await runLocal(['timeout', '10', 'docker', 'manifest', 'inspect', 'prom/prometheus:latest']);
  const source = asked.exitCode === 0 ? 'hub' : 'local';
  writePrivate(file, source);
  return source;
}
