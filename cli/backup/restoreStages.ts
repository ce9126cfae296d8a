import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readCuts, withCutSnapshot } from '../../backup/adapters/cutStore.ts';
import { addStreamed, fetchData, forgetOld, switchData } from '../../backup/adapters/postgresRestore.ts';
import { fetchRedisAt } from '../../backup/adapters/redisAt.ts';
import { restoreSnapshot } from '../../backup/adapters/redisDump.ts';
import { cutLabel } from '../../backup/cutLabel.ts';
import type { RestoreStage } from '../../backup/restoreJournal.ts';
import type { Cut } from '../../backup/types.ts';
import { SlaError } from '../../core/errors.ts';
import type { Host } from '../../core/host.ts';
import { holdAtApp, queueCounted, release, resumeApp } from '../../rebuild/hold.ts';
import { addressOfHost, withHost } from '../context.ts';
import { proveWithVote } from '../proof.ts';
import { certifyRestore } from './certifyRestore.ts';
import { reconcileVotes } from './reconcileVotes.ts';
import { isDone, noteRestore, type RestoreWork } from './restoreWork.ts';
import { takeCutInLock } from './take.ts';
import { withBackupWork } from './work.ts';

type Narrate = (line: string) => void;
type Run = (work: RestoreWork, narrate: Narrate) => Promise<void>;

/** A stage with its name on the screen. Each may be repeated. */
export const restoreRuns: Readonly<Record<RestoreStage, { readonly title: string; readonly run: Run }>> = {
  save: { title: 'Save what is there', run: save },
  fetch: { title: 'Restore beside it', run: fetch },
  hold: { title: 'Hold votes', run: hold },
  switch: { title: 'Replay and switch', run: switchOver },
  redis: { title: 'Restore Redis', run: restoreRedis },
  certify: { title: 'Certify', run: certifyRestore },
  reconcile: { title: 'Bring votes back', run: reconcileVotes },
  release: { title: 'Release votes', run: accept },
  vote: { title: 'A vote', run: prove },
  archive: { title: 'Archive again', run: archive },
  tidy: { title: 'Tidy up', run: tidy },
};

/** Those that this restore has to do, in their order. */
export function stagesOf(work: RestoreWork): readonly RestoreStage[] {
  const { postgres, redis, isExact, isSavable, isAppAway } = work.journal;
  const wanted: Readonly<Record<RestoreStage, boolean>> = {
    save: isSavable,
    fetch: postgres !== null,
    hold: true,
    switch: postgres !== null,
    redis: redis !== null,
    certify: true,
    reconcile: !isExact,
    release: !isAppAway,
    vote: !isAppAway,
    archive: postgres !== null,
    tidy: postgres !== null,
  };
  const all = Object.keys(wanted) as RestoreStage[];
  return all.filter((stage) => wanted[stage] && !isDone(work, stage));
}

/** Only before anything is changed: afterwards it would be a cut of what is half restored. */
async function save(work: RestoreWork, narrate: Narrate): Promise<void> {
  const label = cutLabel(`before-restore-${work.journal.id}`, 0);
  await withBackupWork(work.context, async (backup) => {
    const isTaken = (await readCuts(backup.docker)).some((entry) => entry.label === label);
    if (!isTaken) await takeCutInLock(backup, label, narrate);
  });
  noteRestore(work, { saved: label });
  narrate(`kept as the cut ${label}`);
}

async function fetch({ context, journal }: RestoreWork, narrate: Narrate): Promise<void> {
  const { postgres } = journal;
  if (!postgres) return;
  await withHost(context, 'db', async (db) => {
    await fetchData(db, journal.id, postgres);
    if (postgres.until.kind !== 'end') return;
    const added = await withHost(context, 'docker', (docker) => addStreamed(db, docker, postgres));
    if (added.length > 0) narrate(`with what docker received and nobody archived: ${added.join(', ')}`);
  });
}

async function hold(work: RestoreWork, narrate: Narrate): Promise<void> {
  const { context } = work;
  const { address } = addressOfHost(context, 'db');
  await withHost(context, 'app', (app) => holdAtApp(app, address)).catch((thrown: unknown) => {
    if (!(thrown instanceof SlaError && thrown.code === 'host-unreachable')) throw thrown;
    narrate(`app does not answer, and need not be held: ${thrown.message}`);
    noteRestore(work, { isAppAway: true });
  });
}

async function switchOver({ context, journal }: RestoreWork): Promise<void> {
  const { postgres } = journal;
  if (postgres) await withHost(context, 'db', (db) => switchData(db, journal.id, postgres));
}

async function restoreRedis(work: RestoreWork, narrate: Narrate): Promise<void> {
  const { redis } = work.journal;
  if (!redis) return;
  const put = (file: string) => withHost(work.context, 'db', (db) => restoreSnapshot(db, file));
  await withHost(work.context, 'docker', async (docker) => {
    if (redis.kind === 'cut') return withCutSnapshot(docker, await cutNamed(docker, redis.label), put);
    const folder = mkdtempSync(join(tmpdir(), 'sla-redis-'));
    try {
      const file = join(folder, 'redis.rdb');
      if (await fetchRedisAt(docker, redis.atMs, file)) return await put(file);
      const cuts = (await readCuts(docker)).flatMap((entry) => ('cut' in entry ? [entry.cut] : []));
      const before = cuts.findLast(({ atMs }) => atMs <= redis.atMs);
      if (!before) return narrate('nothing is kept of Redis from that instant: it stays as it is');
      narrate(`Redis comes back as of the cut ${before.label}: its journal does not go back so far`);
      await withCutSnapshot(docker, before, put);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
}

async function cutNamed(docker: Host, label: string): Promise<Cut> {
  const entry = (await readCuts(docker)).find((one) => one.label === label);
  if (entry && 'cut' in entry) return entry.cut;
  throw new SlaError('restore-failed', `the cut ${label} is gone or damaged`, {
    remedy: 'choose another one of "./sla backup list"',
  });
}

async function accept({ context, journal }: RestoreWork): Promise<void> {
  if (journal.isAppAway) return;
  await withHost(context, 'app', async (app) => {
    await release(app);
    await resumeApp(app);
  });
}

async function prove({ context, journal }: RestoreWork, narrate: Narrate): Promise<void> {
  if (journal.isAppAway) return narrate('app does not answer: no vote can prove it');
  await withHost(context, 'db', (db) => queueCounted(db, narrate));
  await proveWithVote(context, narrate);
}

/** The new timeline is archived, and the replica follows Redis again: the next cut can be taken. */
async function archive({ context }: RestoreWork, narrate: Narrate): Promise<void> {
  await withBackupWork(context, async ({ repository }) => repository.flushArchive());
  narrate('the new timeline is archived');
}

async function tidy({ context, journal }: RestoreWork, narrate: Narrate): Promise<void> {
  if (journal.verdict?.kind === 'different')
    return narrate('the data from before is kept on db, beside the new: it is not what it should be');
  await withHost(context, 'db', (db) => forgetOld(db, journal.id));
}
