import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { makeCopy, nameOf } from '../../backup/copy.ts';
import { storeNames } from '../../backup/types.ts';
import { allOrOneError } from '../../core/errors.ts';
import { keepFingerprint } from '../../core/fingerprint/keep.ts';
import type { Source } from '../../rebuild/journal.ts';
import type { Context } from '../context.ts';
import { withLive } from '../fingerprints.ts';
import { withBackups } from './backups.ts';
import { copiesFolder, journalFolder } from './places.ts';
import { fingerprintName, settled } from './sources.ts';
import { note, type RebuildWork } from './work.ts';

type Narrate = (line: string) => void;

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
