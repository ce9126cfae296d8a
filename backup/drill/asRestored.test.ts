import { describe, expect, test } from 'vitest';
import { defaultExclusions } from '../../core/fingerprint/exclusions.ts';
import type { Fact, Fingerprint, RedisKey } from '../../core/fingerprint/types.ts';
import { findingsOf } from './compareStores.ts';

const facts: readonly Fact[] = [
  { kind: 'table', name: 'public.votes', value: 'owner postgres' },
  {
    kind: 'sequence',
    name: 'public.s',
    value: 'owner postgres bigint start 1 increment 2 min 1 max 9 cache 3',
  },
  { kind: 'sequence value', name: 'public.s', value: '11' },
  { kind: 'setting', name: 'work_mem', value: '8MB (postgresql.auto.conf)' },
  { kind: 'setting', name: 'work_mem of role app', value: '9MB' },
  { kind: 'setting', name: 'shared_buffers', value: '1GB (postgresql.conf)' },
  { kind: 'login rules', name: 'pg_hba.conf', value: 'host all all' },
];

const votes: RedisKey = {
  database: 0,
  key: 'votes',
  type: 'list',
  items: 2,
  content: 'c',
  order: 'o',
  expiresAtMs: null,
};

const bucketing = { key: ['id'], count: 4 };
const columns = [{ name: 'id', type: 'text' }];

const fingerprint = (
  own: readonly Fact[],
  keys: readonly RedisKey[] = [votes],
  sum = 'a'.repeat(32),
): Fingerprint => ({
  format: 1,
  exclusions: defaultExclusions,
  postgres: {
    taken: { atMs: 1, lsn: '0/1', snapshot: '', database: 'postgres', version: '17' },
    facts: own,
    tables: [{ name: 'public.votes', columns, bucketing, buckets: [{ bucket: 1, rows: 2, sum }] }],
  },
  redis: {
    taken: { atMs: 1, version: '8', replicationOffset: '1' },
    facts: [{ kind: 'redis setting', name: 'maxmemory', value: '1' }],
    keys,
  },
});

const original = fingerprint(facts);

/** The facts with one of them changed, or left out. */
const changed = (place: string, value?: string): readonly Fact[] =>
  facts.flatMap((fact) =>
    `${fact.kind} ${fact.name}` !== place ? [fact] : value === undefined ? [] : [{ ...fact, value }],
  );

const kinds = (found: Fingerprint) => findingsOf(original, found).map(({ kind }) => kind);

describe('a restored store beside its fingerprint', () => {
  test('agrees when nothing differs', () => {
    expect(kinds(original)).toEqual(['agreed', 'agreed']);
  });

  test.each([
    ['a setting of a file beside the data', changed('setting shared_buffers', '128MB (postgresql.conf)')],
    ['a setting of such a file that is not there', changed('setting shared_buffers')],
    ['login rules', changed('login rules pg_hba.conf', 'local all all trust')],
    [
      'a setting that waits for no restart any more',
      changed('setting work_mem', '8MB (postgresql.auto.conf)'),
    ],
    [
      'what pgBackRest writes',
      [...facts, { kind: 'setting', name: 'archive_mode', value: 'off (postgresql.auto.conf)' } as const],
    ],
    ['a sequence that has skipped what was logged ahead', changed('sequence value public.s', '81')],
  ])('agrees in spite of %s', (_, found) => {
    expect(kinds(fingerprint(found))).toEqual(['agreed', 'agreed']);
  });

  test.each([
    ['a table that is gone', changed('table public.votes')],
    ['a setting of ALTER SYSTEM', changed('setting work_mem', '9MB (postgresql.auto.conf)')],
    ['a setting of a role', changed('setting work_mem of role app', '10MB')],
    ['a sequence that stands behind', changed('sequence value public.s', '9')],
    ['a sequence between two of its values', changed('sequence value public.s', '12')],
    ['a sequence that has skipped more', changed('sequence value public.s', '83')],
  ])('differs by %s', (_, found) => {
    expect(kinds(fingerprint(found))).toEqual(['differs', 'agreed']);
  });

  test('differs by a row, and says which table', () => {
    expect(findingsOf(original, fingerprint(facts, [votes], 'b'.repeat(32)))[0]).toMatchObject({
      kind: 'differs',
      text: expect.stringContaining('rows of public.votes'),
    });
  });

  test('differs by the order of a queue, and says which key', () => {
    expect(findingsOf(original, fingerprint(facts, [{ ...votes, order: 'x' }]))[1]).toMatchObject({
      kind: 'differs',
      text: 'redis key votes (database 0): order',
    });
  });

  test('rows of an unlogged table do not come back from any backup', () => {
    const unlogged = changed('table public.votes', 'owner postgres; unlogged');
    const found = findingsOf(fingerprint(unlogged), fingerprint(unlogged, [votes], 'b'.repeat(32)));
    expect(found.map(({ kind }) => kind)).toEqual(['agreed', 'agreed']);
  });
});
