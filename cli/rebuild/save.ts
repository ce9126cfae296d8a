import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { makeCopy, nameOf, openCopy, storeFolder } from '../../backup/copy.ts';
import { type StoreName, storeNames } from '../../backup/types.ts';
import { componentOf } from '../../core/application.ts';
import { allOrOneError, SlaError } from '../../core/errors.ts';
import { keepFingerprint } from '../../core/fingerprint/keep.ts';
import type { Source } from '../../rebuild/journal.ts';
import type { Context } from '../context.ts';
import { withHost } from '../context.ts';
import { withLive } from '../fingerprints.ts';
import { withBackups } from './backups.ts';
import { copiesFolder, journalFolder } from './places.ts';
import { note, type RebuildWork } from './work.ts';

type Narrate = (line: string) => void;

const fingerprintName = 'fingerprint';

/** Saves what answers: of db both stores with their fingerprint, of another host the fingerprint alone. */
export async function save(work: RebuildWork, narrate: Narrate): Promise<void> {
  const { context } = work.target;
  if (work.host === 'db') return saveStores(work, narrate);
  const folder = join(
    journalFolder(context),
    `${work.host}-${work.journal.startedAt.replaceAll(':', '-')}-${fingerprintName}`,
  );
  if (!existsSync(folder)) await keepLive(context, folder);
  note(work, { fingerprint: folder });
}

const keepLive = (context: Context, folder: string): Promise<void> =>
  withLive(context, (kept) => keepFingerprint(folder, kept));

async function saveStores(work: RebuildWork, narrate: Narrate): Promise<void> {
  const { context } = work.target;
  const { plan } = work;
  const asked = storeNames.filter((store) => plan.savable.includes(store));
  const copy = await withBackups(context, (backups) =>
    makeCopy(copiesFolder(context), new Date(), asked, async (draft) => {
      const wanted = backups.filter(({ store }) => asked.includes(store));
      await allOrOneError([
        ...wanted.map((backup) => backup.save(join(draft, backup.store))),
        ...(asked.length === storeNames.length ? [keepLive(context, join(draft, fingerprintName))] : []),
      ]);
    }),
  );
  const bytes = Object.values(copy.files).reduce((sum, file) => sum + file.bytes, 0);
  narrate(`${asked.join(' and ')} saved as ${nameOf(copy)}, ${Math.ceil(bytes / 1024)} KiB`);
  const saved: Source = { kind: 'copy', name: nameOf(copy), takenAt: copy.takenAt };
  note(work, { sources: settled(work, saved) });
}

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

/** Puts the stores back. When that fails both stand still, and nobody takes half a store for a whole one. */
export async function restore(work: RebuildWork, narrate: Narrate): Promise<void> {
  const { context } = work.target;
  try {
    await restoreStores(context, work.journal.sources, narrate);
  } catch (thrown) {
    if (!(thrown instanceof SlaError)) throw thrown;
    await stopStores(context).catch((silent: unknown) => narrate(`the stores cannot be stopped: ${silent}`));
    throw restoreFailed(thrown);
  }
}

async function restoreStores(
  context: Context,
  sources: Readonly<Record<string, Source>>,
  narrate: Narrate,
): Promise<void> {
  await withBackups(context, (backups) =>
    allOrOneError(
      backups.map(async (backup) => {
        const source = sources[backup.store];
        if (source?.kind !== 'copy') return;
        await backup.restore(placeIn(context, source.name, backup.store));
        narrate(`${backup.store} is back as of ${source.takenAt}`);
      }),
    ),
  );
}

/** A copy is read once more before it is used: what is damaged must not replace what is empty. */
function placeIn(context: Context, name: string, store: StoreName): string {
  const copy = openCopy(join(copiesFolder(context), name));
  if (copy) return storeFolder(copy, store);
  throw new SlaError('restore-failed', `the copy ${name} is damaged or gone: it is not restored`);
}

const stopStores = (context: Context): Promise<unknown> =>
  withHost(context, 'db', (db) =>
    db.exec([
      'systemctl',
      'stop',
      ...storeNames.flatMap((store) => {
        const { runtime } = componentOf(store);
        return runtime.kind === 'unit' ? [runtime.unit] : [];
      }),
    ]),
  );

const restoreFailed = (thrown: SlaError): SlaError =>
  new SlaError('restore-failed', 'db is up, but its stores could not be restored: they are stopped', {
    cause: [thrown.message, thrown.cause].filter(Boolean).join('\n'),
    remedy:
      'no vote is accepted, and the copy is kept: mend what the cause names and run "./sla rebuild db", or name another copy with --copy',
  });
