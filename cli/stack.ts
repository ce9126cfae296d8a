import type { Host } from '../core/host.ts';
import { sshCommand } from '../core/sshClient.ts';
import { keyPath, knownHostsPath } from '../core/state.ts';
import type { Root } from '../core/terraform.ts';
import { labelsOf } from '../lab/labels.ts';
import { stackImageNames } from '../monitor/images.ts';
import { loadImages } from '../monitor/load.ts';
import { type ImageSource, stackVariables } from '../monitor/stack.ts';
import { addressOfHost, type Context } from './context.ts';

/** The second root, for the images that `stack.images` chooses. */
export async function stackRoot(context: Context, tags: ReadonlyMap<string, string>): Promise<Root> {
  const { config, identity, state, hosts } = context;
  const variables = stackVariables({
    config: config.stack,
    prefix: 'sla',
    labels: labelsOf(identity),
    hosts,
    keyFile: keyPath(state, 'operator'),
    knownHostsFile: knownHostsPath(state),
    images: await imageSource(context, tags),
  });
  return { name: 'stack', variables: { ...variables } };
}

/** Brings the locally built images to the docker host, where they are not there yet. */
export async function loadStackImages(
  context: Context,
  host: Host,
  tags: ReadonlyMap<string, string>,
  narrate: (line: string) => void,
): Promise<void> {
  const source = await imageSource(context, tags);
  if (source.kind === 'hub') return;
  const files = {
    keyFile: keyPath(context.state, 'operator'),
    knownHostsFile: knownHostsPath(context.state),
  };
  const wanted = stackImageNames.map((name) => String(source.tags.get(name)));
  await loadImages(host, sshCommand(addressOfHost(context, 'docker'), files), wanted, narrate);
}

async function imageSource({ config }: Context, tags: ReadonlyMap<string, string>): Promise<ImageSource> {
  return config.stack.images === 'hub' ? { kind: 'hub' } : { kind: 'local', tags };
}
