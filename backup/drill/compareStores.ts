import { messageOf } from '../../core/errors.ts';
import { openSnapshot } from '../../core/fingerprint/adapters/postgres.ts';
import { readRedis } from '../../core/fingerprint/adapters/redis.ts';
import { textOf } from '../../core/fingerprint/adapters/sql.ts';
import { type Difference, describeDifference } from '../../core/fingerprint/certificate.ts';
import { compareFingerprints } from '../../core/fingerprint/compare.ts';
import type { Fingerprint } from '../../core/fingerprint/types.ts';
import type { Host } from '../../core/host.ts';
import { openStores, type Stores } from '../../core/stores.ts';
import { parseHistory } from '../pgbackrestInfo.ts';
import type { PostgresPlan } from '../planRestore.ts';
import { disproof } from '../proof.ts';
import { asRestored, withoutSkips } from './asRestored.ts';
import type { CheckName, Finding } from './findings.ts';
import { postgresSocketFile, redisSocketFile, type Scratch } from './scratch.ts';

/**
 * Reads both scratch stores, through their sockets, and compares them with what the cut says; and asks PostgreSQL
 * where it ended its replay.
 */
export async function compareStores(
  docker: Host,
  scratch: Scratch,
  expected: Fingerprint,
  plan: PostgresPlan,
): Promise<readonly Finding[]> {
  try {
    await using stores = await openStores(docker, {
      postgres: postgresSocketFile(scratch),
      redis: redisSocketFile(scratch),
    });
    const ended = await replayFinding(stores, plan);
    return [ended, ...findingsOf(expected, await takeFingerprint(stores, expected))];
  } catch (thrown) {
    return [findingOfThrown(thrown)];
  }
}

/** Nobody else waits for these stores: their size is no reason to refuse. */
const maxDataBytes = 2 ** 30;

async function takeFingerprint({ sql, redis }: Stores, { exclusions }: Fingerprint): Promise<Fingerprint> {
  await using snapshot = await openSnapshot(sql, { exclusions });
  return {
    format: 1,
    exclusions,
    postgres: await snapshot.state(),
    redis: await readRedis(redis, { exclusions, maxDataBytes }),
  };
}

async function replayFinding({ sql }: Stores, plan: PostgresPlan): Promise<Finding> {
  const [row] = await sql.query(`SELECT name, pg_read_file('pg_wal/' || name) AS history
    FROM (SELECT left(pg_walfile_name(pg_current_wal_lsn()), 8) || '.history' AS name) AS own`);
  const history = row && parseHistory(textOf(row, 'name'), textOf(row, 'history'));
  const text = history ? disproof(plan, history) : 'it began no timeline of its own';
  const check = 'recovery';
  return text === undefined ? { check, kind: 'agreed' } : { check, kind: 'differs', text };
}

const shownDifferences = 5;

/** One finding for each store: everything that differs but by nature. */
export function findingsOf(expected: Fingerprint, found: Fingerprint): readonly Finding[] {
  const [before, after] = [asRestored(expected), asRestored(found)];
  const facts = withoutSkips(before.postgres.facts, after.postgres.facts);
  const certificate = compareFingerprints(before, { ...after, postgres: { ...after.postgres, facts } });
  const differences = certificate.verdict === 'IDENTICAL' ? [] : certificate.differences;
  const ofRedis = differences.filter(isOfRedis);
  return [
    findingFor(
      'fingerprint of postgres',
      differences.filter((difference) => !isOfRedis(difference)),
    ),
    findingFor('fingerprint of redis', ofRedis),
  ];
}

const isOfRedis = (difference: Difference): boolean => difference.kind === 'redis key';

function findingFor(check: CheckName, differences: readonly Difference[]): Finding {
  if (differences.length === 0) return { check, kind: 'agreed' };
  const shown = differences.slice(0, shownDifferences).map(describeDifference).join('; ');
  const rest = differences.length - shownDifferences;
  return { check, kind: 'differs', text: rest > 0 ? `${shown}; and ${rest} more differences` : shown };
}

/** Classes of PostgreSQL's own errors that speak of its place: lack of resources, an operator, the system. */
const ofThePlace = /^(53|57|58)/;

/** A store that answers with an error of its own could not read what it restored. */
export function findingOfThrown(thrown: unknown): Finding {
  const text = messageOf(thrown).slice(0, 400);
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '';
  const isOfStore = /^[0-9A-Z]{5}$/.test(code) && !ofThePlace.test(code);
  return { check: 'fingerprint of postgres', kind: isOfStore ? 'differs' : 'could not run', text };
}
