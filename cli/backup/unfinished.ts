import { readRestoreJournal } from '../../backup/restoreJournal.ts';
import type { Context } from '../context.ts';
import { restoreFolder } from './restoreWork.ts';

/** A line for a restore that was begun and is not finished. */
export function unfinishedRestore(context: Pick<Context, 'state' | 'config'>): readonly string[] {
  const journal = readRestoreJournal(restoreFolder(context));
  return journal
    ? [`the restore ${journal.order} is not finished: run "./sla backup restore ${journal.order}"`]
    : [];
}
