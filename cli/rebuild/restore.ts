import { join } from 'node:path';
import { openCopy, storeFolder } from '../../backup/copy.ts';
import { type StoreName, storeNames } from '../../backup/types.ts';
import { unitOf } from '../../core/application.ts';
import { allOrOneError, SlaError } from '../../core/errors.ts';
import type { Source } from '../../rebuild/journal.ts';
import { type Context, withHost } from '../context.ts';
import { withBackups } from './backups.ts';
import { copiesFolder } from './places.ts';
import type { RebuildWork } from './work.ts';

type Narrate = (line: string) => void;

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
  withHost(context, 'db', (db) => db.exec(['systemctl', 'stop', ...storeNames.map(unitOf)]));

const restoreFailed = (thrown: SlaError): SlaError =>
  new SlaError('restore-failed', 'db is up, but its stores could not be restored: they are stopped', {
    cause: [thrown.message, thrown.cause].filter(Boolean).join('\n'),
    remedy:
      'no vote is accepted, and the copy is kept: mend what the cause names and run "./sla rebuild db", or name another copy with --copy',
  });
