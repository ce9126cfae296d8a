import type { PostgresPlan } from '../../backup/planRestore.ts';
import type { LastRestore } from '../../backup/restoreJournal.ts';
import type { RestorePlan } from './facts.ts';
import { orderLine } from './target.ts';

/** What a restore would do, for a person who is asked whether it may. */
export const describePlan = (
  { order, postgres, redis, isSavable, warnings }: RestorePlan,
  last: LastRestore | undefined,
): string =>
  [
    `Restore ${orderLine(order)}:`,
    ...(isSavable ? ['  what is there now is kept as a cut first'] : []),
    ...(postgres ? [`  PostgreSQL: ${postgresWords(postgres)}`] : []),
    ...(redis
      ? [`  Redis: ${redis.kind === 'cut' ? `as in the cut ${redis.label}` : `as of ${iso(redis.atMs)}`}`]
      : []),
    '  no vote is accepted from the replay on until both stores are back; all that came since is overwritten',
    ...(order.isExact
      ? ['  votes accepted since are left out']
      : ['  votes accepted since are brought back']),
    ...(last ? [`  the last restore (${last.order}) took ${last.seconds.toFixed(0)} s`] : []),
    ...warnings.map((warning) => `  ! ${warning}`),
  ].join('\n');

function postgresWords({ backup, wal, until, timeline }: PostgresPlan): string {
  const end = {
    end: 'to the end of the WAL',
    'restore point': `to ${'lsn' in until ? until.lsn : ''}`,
    instant: `to the last commit at or before ${'atMs' in until ? iso(until.atMs) : ''}`,
  }[until.kind];
  return `from the backup ${backup}, through ${wal.first} to ${wal.last} of timeline ${timeline}, ${end}`;
}

const iso = (ms: number): string => new Date(ms).toISOString();

export const planAsJson = ({ order, postgres, redis, isSavable, warnings }: RestorePlan) => ({
  order: orderLine(order),
  postgres: postgres ?? null,
  redis: redis ?? null,
  isSavable,
  warnings,
});
