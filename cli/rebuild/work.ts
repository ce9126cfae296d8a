import type { HostName } from '../../core/application.ts';
import { type Journal, writeJournal } from '../../rebuild/journal.ts';
import type { RebuildPlan } from '../../rebuild/plan.ts';
import type { Extent } from '../converging.ts';
import { journalFolder } from './places.ts';
import type { RebuildTarget } from './target.ts';

/** One rebuild of one host on its way. */
export interface RebuildWork {
  readonly target: RebuildTarget;
  readonly host: HostName;
  readonly plan: RebuildPlan;
  readonly extent: Extent;
  journal: Journal;
}

/** Changes the journal, first on the disk. */
export function note(work: RebuildWork, changes: Partial<Journal>): void {
  const journal = { ...work.journal, ...changes };
  writeJournal(journalFolder(work.target.context), journal);
  work.journal = journal;
}
