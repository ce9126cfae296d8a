import { readCuts } from '../../backup/adapters/cutStore.ts';
import { takeCut } from '../../backup/cut.ts';
import type { Cut } from '../../backup/types.ts';
import { SlaError } from '../../core/errors.ts';
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

async function ensureBackup({ repository }: CutMeans, narrate: Narrate): Promise<void> {
  const { backups } = await repository.content();
  if (backups.some(({ hasDamage }) => !hasDamage)) return;
  narrate('there is no backup yet: a full one is made first');
  narrate(`full backup ${await repository.backUp('full', narrate)}`);
}
