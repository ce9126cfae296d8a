import { type RestoreJournal, type RestoreStage, writeRestoreJournal } from '../../backup/restoreJournal.ts';
import type { Cut } from '../../backup/types.ts';
import { labPath } from '../../core/state.ts';
import type { Context } from '../context.ts';

/** One restore on its way. */
export interface RestoreWork {
  readonly context: Context;
  /** What it goes back to, when that is a cut. */
  readonly cut: Cut | undefined;
  journal: RestoreJournal;
}

/** Goes with its lab. */
export const restoreFolder = ({ state, config }: Pick<Context, 'state' | 'config'>): string =>
  labPath(state, config.lab.name, 'backup');

/** Changes the journal, first on the disk. */
export function noteRestore(work: RestoreWork, changes: Partial<RestoreJournal>): void {
  const journal = { ...work.journal, ...changes };
  writeRestoreJournal(restoreFolder(work.context), journal);
  work.journal = journal;
}

export const isDone = ({ journal }: RestoreWork, stage: RestoreStage): boolean =>
  journal.done.includes(stage);
