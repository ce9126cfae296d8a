import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf, SlaError } from '../core/errors.ts';
import { digestOf } from '../core/fingerprint/digest.ts';
import { defaultExclusions } from '../core/fingerprint/exclusions.ts';
import type { Kept } from '../core/fingerprint/keep.ts';
import type { Host } from '../core/host.ts';
import { keepCut } from './adapters/cutStore.ts';
import { savedSnapshot } from './adapters/replicaSnapshot.ts';
import { type CutSessions, type Held, holdInstant, NotQuiet } from './pause.ts';
import type { Cut, Repository } from './types.ts';

export interface CutWork {
  readonly label: string;
  readonly docker: Host;
  readonly sessions: CutSessions;
  readonly repository: Repository;
  /** How many votes the journal holds up to a position of the replication stream. */
  readonly journalSequence: (replicationOffset: number) => Promise<number>;
  readonly narrate: (line: string) => void;
}

const tries = 8;

/**
 * Takes a cut and keeps it on docker, where it is there whole or not at all. Error: `backup-failed`, which names
 * what kept the stores from being quiet.
 */
export async function takeCut(work: CutWork): Promise<Cut> {
  const { repository, sessions, narrate } = work;
  const { backups } = await repository.content();
  const base = backups.findLast(({ hasDamage }) => !hasDamage);
  if (!base)
    throw new SlaError('backup-failed', 'there is no backup that a cut could be reached from', {
      remedy: 'run "./sla backup now": it makes one first',
    });
  const held = await heldInstant(work);
  narrate(`writes of Redis were held for ${held.pausedMs} ms`);
  await using snapshot = held.postgres;
  // Beside each other: the WAL of the cut on its way to docker, the fingerprint, the snapshot of Redis.
  const [postgres, rdb] = await Promise.all([
    snapshot.state(),
    savedSnapshot(work.docker, sessions.replica, held),
    repository.flushArchive(),
  ]);
  const kept: Kept = {
    fingerprint: { format: 1, exclusions: defaultExclusions, postgres, redis: held.redis },
    rows: snapshot,
  };
  return await keepCut(work.docker, kept, rdb, {
    format: 1,
    label: work.label,
    atMs: held.atMs,
    postgres: {
      restorePoint: held.restorePoint,
      lsn: held.lsn,
      timeline: held.timeline,
      backup: base.label,
    },
    redis: { replicationId: held.replicationId, replicationOffset: held.replicationOffset },
    journalSequence: await work.journalSequence(held.replicationOffset),
    pausedMs: held.pausedMs,
    digest: digestOf(kept.fingerprint),
  });
}

async function heldInstant({ sessions, label, narrate }: CutWork): Promise<Held> {
  let reason = '';
  for (let attempt = 1; attempt <= tries; attempt += 1) {
    try {
      return await holdInstant(sessions, restorePointOf(label, attempt));
    } catch (thrown) {
      if (!(thrown instanceof NotQuiet)) throw thrown;
      reason = messageOf(thrown);
      narrate(`not quiet: ${reason}; once more`);
      // Votes that waited get their turn.
      await sleep(50 * 2 ** attempt);
    }
  }
  throw new SlaError('backup-failed', `the stores were not quiet in ${tries} tries`, {
    cause: reason,
    remedy: 'end what the cause names, or wait for it; then run the same command again',
  });
}

/** No two are the same, or a replay would stop at the first; PostgreSQL takes 63 bytes. */
const restorePointOf = (label: string, attempt: number): string =>
  `sla-${label.slice(0, 40)}-${Date.now().toString(36)}-${attempt}`;
