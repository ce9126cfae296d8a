import { isListed } from '../../core/fingerprint/exclusions.ts';
import type { Fact, Fingerprint } from '../../core/fingerprint/types.ts';

/** A difference between a store and its exact restoration that is no damage, and why. */
export interface ByNature {
  readonly what: string;
  readonly why: string;
  readonly concerns: (fact: Fact) => boolean;
}

/** Settings that pgBackRest, or the place of the drill, writes into postgresql.auto.conf. */
const ofRecovery = ['archive_mode', 'archive_command', 'restore_command', 'recovery_*'];

/** Facts of which a copy knows nothing. Nothing else is left out. */
export const byNature: readonly ByNature[] = [
  {
    what: 'settings that stand in files beside the data directory',
    why: 'Debian keeps them in /etc, where the role of db writes them: no backup holds them',
    concerns: ({ kind, name, value }) =>
      kind === 'setting' && !name.includes(' ') && !/ \(postgresql\.auto\.conf\)/.test(value),
  },
  {
    what: `the settings ${ofRecovery.join(', ')}`,
    why: 'they say how the scratch store got its data, and that it archives nothing',
    concerns: ({ kind, name }) => kind === 'setting' && isListed(name, ofRecovery),
  },
  {
    what: 'login rules',
    why: 'pg_hba.conf is in /etc too; the scratch store lets in whoever reaches its socket',
    concerns: ({ kind }) => kind === 'login rules',
  },
  {
    what: 'settings and users of Redis',
    why: 'a snapshot holds keys only; the rest stands in redis.conf, which the role of db writes',
    concerns: ({ kind }) => kind === 'redis setting' || kind === 'redis user',
  },
];

/** A fingerprint without what a restoration to the same instant need not share. */
export function asRestored(fingerprint: Fingerprint): Fingerprint {
  const { postgres, redis } = fingerprint;
  const unlogged = new Set(postgres.facts.filter(isUnlogged).map(({ name }) => name));
  return {
    ...fingerprint,
    postgres: {
      ...postgres,
      facts: postgres.facts.filter(isCopied).map(withoutWaiting),
      // PostgreSQL writes no WAL for their rows and empties them whenever it recovers.
      tables: postgres.tables.map((table) => (unlogged.has(table.name) ? { ...table, buckets: [] } : table)),
    },
    redis: { ...redis, facts: redis.facts.filter(isCopied) },
  };
}

const isCopied = (fact: Fact): boolean => !byNature.some(({ concerns }) => concerns(fact));

const isUnlogged = ({ kind, value }: Fact): boolean =>
  kind === 'table' && value.split('; ').includes('unlogged');

/** A server that has just started waits for no restart. */
const withoutWaiting = (fact: Fact): Fact =>
  fact.kind === 'setting' ? { ...fact, value: fact.value.replace(/, waits for a restart$/, '') } : fact;

const loggedAhead = 32;

/**
 * The facts of `after` with each sequence put back that stands where a recovery puts it: PostgreSQL logs its values
 * 32 in advance, so that one is skipped and none given twice. One that stands behind, or further on, differs.
 */
export function withoutSkips(before: readonly Fact[], after: readonly Fact[]): readonly Fact[] {
  const was = new Map(before.map((fact) => [placeOf(fact), fact.value]));
  return after.map((fact) => {
    if (fact.kind !== 'sequence value') return fact;
    const value = was.get(placeOf(fact));
    const step = stepOf(was.get(`sequence ${fact.name}`));
    return value !== undefined && step && isSkip(value, fact.value, step) ? { ...fact, value } : fact;
  });
}

const placeOf = ({ kind, name }: Fact): string => `${kind} ${name}`;

interface Step {
  readonly increment: number;
  readonly cache: number;
}

function stepOf(definition: string | undefined): Step | undefined {
  const [, increment, cache] = / increment (-?\d+) .* cache (\d+)/.exec(definition ?? '') ?? [];
  return increment === undefined ? undefined : { increment: Number(increment), cache: Number(cache) };
}

function isSkip(was: string, is: string, { increment, cache }: Step): boolean {
  if (!/^-?\d+$/.test(was) || !/^-?\d+$/.test(is)) return false;
  const steps = (Number(is) - Number(was)) / increment;
  return Number.isInteger(steps) && steps >= 0 && steps <= loggedAhead + cache;
}
