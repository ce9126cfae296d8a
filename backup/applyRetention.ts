import type { Host } from '../core/host.ts';
import { readCuts, removeCut } from './adapters/cutStore.ts';
import { planRetention, type Removals, type RetentionPolicy } from './retention.ts';
import type { Repository } from './types.ts';

export interface RetentionWork {
  readonly docker: Host;
  readonly repository: Repository;
  readonly policy: RetentionPolicy;
  /** Label of the cut that a drill proved last. */
  readonly proven: string | undefined;
  /** In which days and weeks begin. */
  readonly zone: string;
}

/**
 * Removes what the policy does not keep, cuts before the backups they come from; gives what it removed. Whoever
 * calls it holds the lock of the repository. A damaged cut stays: part of it may still be of use.
 */
export async function applyRetention(work: RetentionWork): Promise<Removals> {
  const { docker, repository } = work;
  const [entries, { backups }] = await Promise.all([readCuts(docker), repository.content()]);
  const cuts = entries.flatMap((entry) => ('cut' in entry ? [entry.cut] : []));
  const removals = planRetention({ ...work, cuts, backups });
  for (const label of removals.cuts) await removeCut(docker, label);
  await repository.remove(removals.backups);
  return removals;
}
