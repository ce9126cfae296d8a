import type { History } from './pgbackrestInfo.ts';
import type { PostgresPlan } from './planRestore.ts';
import { bytesOfLsn, segmentFrom, segmentNumberUpTo } from './segments.ts';

/**
 * Whether PostgreSQL ended its replay where the plan says, by what it wrote into the history of its new timeline.
 * A sentence when it did not: pgBackRest would restore something else without a word.
 */
export function disproof({ until, timeline, wal }: PostgresPlan, history: History): string | undefined {
  const { reason, lsn, parent } = history;
  if (parent !== timeline) return `it replayed timeline ${parent}, and not ${timeline}`;
  switch (until.kind) {
    case 'restore point':
      return reason === `at restore point "${until.name}"` && bytesOfLsn(lsn) === bytesOfLsn(until.lsn)
        ? undefined
        : `it stopped at ${lsn} (${reason}), and not at the restore point ${until.name} at ${until.lsn}`;
    case 'instant': {
      // It stops before the first commit that is later than the instant.
      const stoppedAtMs = Date.parse(/^before (.+)$/.exec(reason)?.[1]?.replace(/\+00$/, 'Z') ?? '');
      return stoppedAtMs >= until.atMs
        ? undefined
        : `it stopped at ${lsn} (${reason}), and not before the first commit after ${new Date(until.atMs).toISOString()}`;
    }
    case 'end':
      return segmentNumberUpTo(lsn) >= segmentFrom(wal.last).number - 1
        ? undefined
        : `it stopped at ${lsn} (${reason}), before the end of ${wal.last}`;
  }
}
