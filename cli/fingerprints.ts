import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { SlaError } from '../core/errors.ts';
import { type Kept, openKept, withFingerprint } from '../core/fingerprint/keep.ts';
import { nearest } from '../core/nearest.ts';
import { openStores } from '../core/stores.ts';
import { type Context, insistOnLab, withHost } from './context.ts';

/** The name that stands for the stores as they are at this moment. */
export const live = 'now';

/** Outside the folder of the lab: what was kept outlives it. */
export const fingerprintPath = ({ state, config }: Context, name?: string): string =>
  join(state.path, 'fingerprints', config.lab.name, ...(name === undefined ? [] : [name]));

/** Hands over a kept fingerprint by its name, or that of the running stores for `now`. Errors: `usage`. */
export async function withNamed<T>(
  context: Context,
  name: string,
  use: (kept: Kept) => Promise<T>,
): Promise<T> {
  if (name === live) return withLive(context, use);
  const kept = await openKept(fingerprintPath(context, name));
  if (kept) return use(kept);
  const names = keptNames(context);
  const meant = nearest(name, names);
  throw new SlaError(
    'usage',
    `no fingerprint is named "${name}"${meant ? `, did you mean "${meant}"?` : ''}`,
    {
      remedy:
        names.length > 0 ? `use one of ${[...names, live].join(', ')}` : 'take one with "./sla fingerprint"',
    },
  );
}

/** Hands over the fingerprint of the running stores, while the snapshot it was taken from is open. */
export async function withLive<T>(context: Context, use: (kept: Kept) => Promise<T>): Promise<T> {
  await insistOnLab(context);
  return withHost(context, 'db', async (db) => {
    await using stores = await openStores(db);
    return await withFingerprint(stores, use);
  });
}

function keptNames(context: Context): readonly string[] {
  const folder = fingerprintPath(context);
  return existsSync(folder) ? readdirSync(folder).filter((name) => !name.endsWith('.new')) : [];
}
