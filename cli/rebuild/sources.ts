import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Source } from '../../rebuild/journal.ts';
import type { Context } from '../context.ts';
import { copiesFolder } from './places.ts';
import type { RebuildWork } from './work.ts';

/** Folder in a copy of both stores. */
export const fingerprintName = 'fingerprint';

/** Where each store comes back from, with what was saved in place of what was to be. */
export function settled({ plan, journal }: RebuildWork, saved?: Source): Readonly<Record<string, Source>> {
  return Object.fromEntries(
    Object.entries(plan.sources).map(([store, source]) => [
      store,
      source.kind === 'saved' ? (saved ?? journal.sources[store] ?? { kind: 'nothing' }) : source,
    ]),
  );
}

/** The fingerprint of the one copy that both stores come from; null when there is no such copy. */
export function fingerprintOfCopy(
  context: Context,
  sources: Readonly<Record<string, Source>>,
): string | null {
  const names = new Set(Object.values(sources).map((source) => (source.kind === 'copy' ? source.name : '')));
  const [name = ''] = names;
  if (names.size !== 1 || name === '') return null;
  const folder = join(copiesFolder(context), name, fingerprintName);
  return existsSync(folder) ? folder : null;
}
