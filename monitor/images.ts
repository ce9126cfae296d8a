import { join } from 'node:path';
import { dockerfileRecipe, type ImageRecipe } from '../core/images.ts';

/** The programs of the stack that Debian packages. */
export const stackImageNames = ['prometheus', 'blackbox'] as const;
export type StackImageName = (typeof stackImageNames)[number];

/** What stands in for the public hub. Made from the recipe `debian`, which must stand before these. */
export const stackImages: readonly ImageRecipe[] = stackImageNames.map((name) =>
  dockerfileRecipe(join(import.meta.dirname, 'images', `${name}.Dockerfile`), name, { BASE: 'debian' }),
);
