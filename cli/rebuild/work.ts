import type { HostName } from '../../core/application.ts';
import { type Journal, writeJournal } from '../../rebuild/journal.ts';
import type { RebuildPlan } from '../../rebuild/plan.ts';
import type { Replacement } from '../../rebuild/types.ts';
import type { Extent } from '../converging.ts';
import type { UpJob } from '../upJob.ts';
import { journalFolder } from './places.ts';

/** One rebuild of one host on its way. */
export interface RebuildWork {
  readonly job: UpJob;
  readonly host: HostName;
  readonly plan: RebuildPlan;
  readonly replacement: Replacement;
  readonly extent: Extent;
  journal: Journal;
}

/** Changes the journal, first on the disk. */
export function note(work: RebuildWork, changes: Partial<Journal>): void {
  const journal = { ...work.journal, ...changes };
  writeJournal(journalFolder(work.job.context), journal);
  work.journal = journal;
}
