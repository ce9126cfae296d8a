import type { HostName } from '../../core/application.ts';
import { type Journal, openJournals } from '../../rebuild/journal.ts';
import type { Context } from '../context.ts';
import { journalFolder } from './places.ts';

/** One line for each rebuild that was begun and is not finished. */
export const unfinishedLines = (context: Context): readonly string[] =>
  openJournals(journalFolder(context)).map(
    ({ host, failure }) =>
      `the rebuild of ${host} is not finished${failure === null ? '' : ` (${failure})`}: run "./sla rebuild ${host}"`,
  );

/** Why what answers on a host does not count, or undefined: half of what it held may be missing. */
export function unfinishedReason(context: Context, host: HostName): string | undefined {
  const journal = openJournals(journalFolder(context)).find((open) => open.host === host);
  return journal && !isWhole(journal)
    ? `${host} is being rebuilt: "./sla rebuild ${host}" goes on`
    : undefined;
}

const isWhole = ({ isDestroying, done }: Journal): boolean => !isDestroying || done.includes('certify');
