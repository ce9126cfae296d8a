import type { HostName } from '../../core/application.ts';
import { SlaError } from '../../core/errors.ts';
import { type Journal, openJournals } from '../../rebuild/journal.ts';
import type { Context } from '../context.ts';
import { lockHolder } from '../labLock.ts';
import { journalFolder } from './places.ts';

/** One line for each rebuild that was begun and is not finished. `isLocked`: by the command that asks. */
export function unfinishedLines(context: Context, isLocked: boolean): readonly string[] {
  const open = openJournals(journalFolder(context));
  const holder = open.length === 0 || isLocked ? undefined : lockHolder(context);
  if (holder?.command === 'sla rebuild')
    return [`a rebuild is on its way (process ${holder.pid}, since ${holder.since})`];
  return open.map(
    ({ host, failure }) =>
      `the rebuild of ${host} is not finished${failure === null ? '' : ` (${failure})`}: run "./sla rebuild ${host}"`,
  );
}

/**
 * Throws `rebuild-unfinished` while the stores may be half restored or app may reach them too early: what would
 * start programs or accept votes meanwhile would lose them. db is rebuilt whatever else is unfinished.
 */
export function insistOnNothingHalf(context: Context, rebuilt?: HostName | 'all'): void {
  if (rebuilt === 'db' || rebuilt === 'all') return;
  const half = openJournals(journalFolder(context)).find(
    ({ host, isDestroying, done }) =>
      host !== 'docker' && host !== rebuilt && isDestroying && !done.includes('release'),
  );
  if (!half) return;
  throw new SlaError('rebuild-unfinished', `the rebuild of ${half.host} is not finished`, {
    cause: half.failure ?? 'it was interrupted after the old host was destroyed',
    remedy: `run "./sla rebuild ${half.host}": it goes on from there`,
  });
}

/** Why what answers on a host does not count, or undefined: half of what it held may be missing. */
export function unfinishedReason(context: Context, host: HostName): string | undefined {
  const journal = openJournals(journalFolder(context)).find((open) => open.host === host);
  return journal && !isWhole(journal)
    ? `${host} is being rebuilt: "./sla rebuild ${host}" goes on`
    : undefined;
}

const isWhole = ({ isDestroying, done }: Journal): boolean => !isDestroying || done.includes('certify');
