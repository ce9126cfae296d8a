import { passphraseOf, problemsOfCut, readCuts } from '../../backup/adapters/cutStore.ts';
import { pgbackrestRepository } from '../../backup/adapters/pgbackrest.ts';
import { type PostgresPlan, planPostgres, type Refusal } from '../../backup/planRestore.ts';
import type { RedisPlan } from '../../backup/restoreJournal.ts';
import { sightingsIn } from '../../backup/timelines.ts';
import type { Cut, RestoreTarget } from '../../backup/types.ts';
import { SlaError } from '../../core/errors.ts';
import type { Host } from '../../core/host.ts';
import { openReplica, openSql } from '../../core/stores.ts';
import { type RestoreOrder, targetFrom } from './target.ts';

/** A restore as it was decided, before anything is touched. */
export interface RestorePlan {
  readonly order: RestoreOrder;
  readonly target: RestoreTarget;
  /** The cut that it goes back to, or that Redis comes from. */
  readonly cut: Cut | undefined;
  readonly postgres: PostgresPlan | undefined;
  readonly redis: RedisPlan | undefined;
  /** UTC milliseconds from which on votes may be missing. */
  readonly votesSinceMs: number;
  /** Both stores and the replica answer: what is there now can be saved. */
  readonly isSavable: boolean;
  /** What a person should know, a sentence each. */
  readonly warnings: readonly string[];
}

/** Asks the repository and the hosts, and decides. Errors: `usage`, `target-unreachable`, `backup-key`. */
export async function planFor(db: Host, docker: Host, order: RestoreOrder): Promise<RestorePlan> {
  await passphraseOf(docker);
  const entries = await readCuts(docker);
  const cuts = entries.flatMap((entry) => ('cut' in entry ? [entry.cut] : []));
  const target = targetFrom(order, entries);
  const answers = await answering(db, docker);
  if (target.kind === 'cut') await insistOnWhole(docker, target.cut, cuts);
  const postgres = order.only === 'redis' ? undefined : await postgresFor(db, docker, target, cuts);
  const redis = order.only === 'postgres' ? undefined : redisFor(target, cuts, answers.redis);
  return {
    order,
    target,
    cut: target.kind === 'cut' ? target.cut : undefined,
    postgres,
    redis,
    votesSinceMs: votesSince(target, cuts),
    isSavable: answers.postgres && answers.redis && answers.replica,
    warnings: [
      ...(postgres?.notes ?? []).map((note) => `${note}: passed over`),
      ...(answers.postgres && answers.redis && answers.replica
        ? []
        : ['not everything answers: what is there now cannot be saved first']),
    ],
  };
}

/** Of the latest, whatever a lost db took with it: votes that were on their way then. */
function votesSince(target: RestoreTarget, cuts: readonly Cut[]): number {
  if (target.kind === 'cut') return target.cut.atMs;
  return target.kind === 'instant' ? target.atMs : (cuts.at(-1)?.atMs ?? 0);
}

async function answering(db: Host, docker: Host) {
  const opens = async (opening: Promise<AsyncDisposable>): Promise<boolean> => {
    try {
      await using _session = await opening;
      return true;
    } catch (thrown) {
      if (thrown instanceof SlaError && thrown.code === 'port-closed') return false;
      throw thrown;
    }
  };
  const ping = async () => (await db.query(['timeout', '5', 'redis-cli', 'ping'])).stdout.trim() === 'PONG';
  const [postgres, redis, replica] = await Promise.all([
    opens(openSql(db)),
    ping(),
    opens(openReplica(docker)),
  ]);
  return { postgres, redis, replica };
}

/** What is damaged is found before anything is touched, and another cut is named. */
async function insistOnWhole(docker: Host, cut: Cut, cuts: readonly Cut[]): Promise<void> {
  const problems = await problemsOfCut(docker, cut);
  if (problems.length === 0) return;
  const other = cuts.findLast(({ label }) => label !== cut.label);
  throw new SlaError('target-unreachable', `the cut ${cut.label} is damaged: nothing was touched`, {
    cause: problems.join('\n'),
    remedy: other
      ? `the one before is ${other.label}: run "./sla backup restore --cut ${other.label}"`
      : 'choose an instant with --at; "./sla backup list" shows which can be reached',
  });
}

async function postgresFor(db: Host, docker: Host, target: RestoreTarget, cuts: readonly Cut[]) {
  const sql = await openSql(db).catch(() => undefined);
  try {
    const repository = pgbackrestRepository(docker, sql);
    // By the clock of db, which stamps the commits; what comes until then is archived.
    const nowMs = Number((await db.exec(['date', '+%s%3N'])).stdout);
    if (sql && target.kind !== 'cut') await repository.flushArchive();
    const content = await repository.content();
    const sightings = sightingsIn(cuts, content);
    const plan = planPostgres({ target, content, sightings, nowMs });
    if (plan.kind === 'refused') throw unreachable(plan);
    return plan;
  } finally {
    await sql?.[Symbol.asyncDispose]();
  }
}

function unreachable({ reason, reachable }: Refusal): SlaError {
  const spans = reachable.map(
    ({ fromMs, toMs }) => `${new Date(fromMs).toISOString()} to ${new Date(toMs).toISOString()}`,
  );
  return new SlaError('target-unreachable', `${reason}; nothing was touched`, {
    cause: spans.length > 0 ? `reachable: ${spans.join(', ')}` : 'nothing can be reached',
    remedy:
      spans.length > 0
        ? 'choose an instant in what is reachable, or a cut of "./sla backup list"'
        : 'take a backup with "./sla backup now"',
  });
}

/** The latest of a Redis that answers is what it holds. */
function redisFor(target: RestoreTarget, cuts: readonly Cut[], answers: boolean): RedisPlan | undefined {
  if (target.kind === 'cut') return { kind: 'cut', label: target.cut.label };
  if (target.kind === 'instant') return { kind: 'instant', atMs: target.atMs };
  const newest = cuts.at(-1);
  return answers || !newest ? undefined : { kind: 'cut', label: newest.label };
}
