import { readCuts } from '../../backup/adapters/cutStore.ts';
import { takeCut } from '../../backup/cut.ts';
import type { Cut } from '../../backup/types.ts';
import { SlaError } from '../../core/errors.ts';
import type { Sql } from '../../core/fingerprint/adapters/sql.ts';
import { withAllStores } from '../storeLocks.ts';
import type { CutMeans } from './work.ts';

type Narrate = (line: string) => void;

/** Takes a cut, after the first full backup when there is none. Errors: `usage`, `backup-failed`, `store-busy`. */
export const takeLabelledCut = (work: CutMeans, label: string, narrate: Narrate): Promise<Cut> =>
  withAllStores(work.docker, `the cut ${label}`, narrate, () => takeCutInLock(work, label, narrate));

/** As `takeLabelledCut`, for whoever has the stores already. */
export async function takeCutInLock(work: CutMeans, label: string, narrate: Narrate): Promise<Cut> {
  await insistOnNewLabel(work, label);
  await ensureBackup(work, narrate);
  return takeCut({ ...work, label, narrate, journalSequence: async () => 0 });
}

async function insistOnNewLabel({ docker }: CutMeans, label: string): Promise<void> {
  const taken = (await readCuts(docker)).some((entry) => entry.label === label);
  if (!taken) return;
  throw new SlaError('usage', `there is a cut named "${label}" already`, { remedy: 'choose another label' });
}

/** What ALTER SYSTEM writes is in no WAL: a cut leads to it only from a backup that was begun later. */
async function ensureBackup({ repository, sessions }: CutMeans, narrate: Narrate): Promise<void> {
  const { backups } = await repository.content();
  const last = backups.findLast(({ hasDamage }) => !hasDamage);
  if (!last) {
    narrate('there is no backup yet: a full one is made first');
    narrate(`full backup ${await repository.backUp('full', narrate)}`);
  } else if ((await settingsChangedAtMs(sessions.sql)) >= last.startedAtMs - clockMarginMs) {
    narrate('settings were changed since the last backup: an incremental one is made first');
    narrate(`incremental backup ${await repository.backUp('incremental', narrate)}`);
  }
}

/** The begin of a backup is told in whole seconds. */
const clockMarginMs = 1000;

async function settingsChangedAtMs(sql: Sql): Promise<number> {
  const [row] = await sql.query(
    `SELECT round(extract(epoch FROM (pg_stat_file('postgresql.auto.conf')).modification) * 1000)::text AS at_ms`,
  );
  return Number(row?.at_ms);
}
