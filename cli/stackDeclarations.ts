import { z } from 'zod';
import { readIfPresent } from '../core/state.ts';
import { statePath } from '../core/terraform.ts';
import { declaredContainer } from '../provision/declarations.ts';
import type { Declaration } from '../provision/types.ts';
import { type Context, terraformTool } from './context.ts';

const stackState = z.object({
  resources: z.array(
    z.object({ type: z.string(), instances: z.array(z.object({ attributes: z.unknown() })) }),
  ),
});

const containerAttributes = z.object({
  name: z.string(),
  image: z.string(),
  restart: z.string(),
});

/** The containers that Terraform keeps on the docker host, by its own state. */
export function stackDeclarations(context: Context): readonly Declaration[] {
  const text = readIfPresent(statePath(terraformTool(context, ''), 'stack'));
  if (text === undefined || text.trim() === '') return [];
  return stackState
    .parse(JSON.parse(text))
    .resources.filter(({ type }) => type === 'docker_container')
    .flatMap(({ instances }) => instances)
    .flatMap(({ attributes }) => {
      const { name, image, restart } = containerAttributes.parse(attributes);
      // Those that only fill a volume end, and stay for Terraform to see.
      return declaredContainer(name, { image, restart, ...(restart === 'no' ? {} : { runs: 'yes' }) });
    });
}
