import { describe, expect, test } from 'vitest';
import { randomFrom } from '../random.ts';
import { certifyExpected, overlaid, type VotesSince } from './expected.ts';
import { fingerprintOf, sourceOf, type World } from './fixtures/world.ts';
import type { RowDigest, RowSource } from './rows.ts';

const bucketing = { key: ['id'], count: 16 };

const worldOf = (votes: ReadonlyMap<string, string>, queue: readonly string[] = []): World => ({
  tables: [
    {
      name: 'public.votes',
      columns: [
        { name: 'id', type: 'character varying(255)' },
        { name: 'vote', type: 'character varying(255)' },
      ],
      key: ['id'],
      rows: [...votes].map(([voter, vote]) => [voter, vote]),
    },
  ],
  facts: [],
  keys:
    queue.length === 0
      ? []
      : [{ database: 0, key: 'votes', type: 'list', items: [...queue], expiresAtMs: null }],
  redisFacts: [],
  atMs: 1000,
});

const keptOf = (world: World) => ({ fingerprint: fingerprintOf(world), rows: sourceOf(world) });

/** Rows of these votes, hashed as the table would. */
function sinceOf(votes: ReadonlyMap<string, string>, extra: Partial<VotesSince> = {}): VotesSince {
  const world = worldOf(votes);
  const [table] = fingerprintOf(world).postgres.tables;
  return {
    rows: sourceOf(world),
    buckets: (table?.buckets ?? []).map(({ bucket }) => bucket).sort((a, b) => a - b),
    onTheWay: new Set(),
    queues: [],
    ...extra,
  };
}

const votesOf = (...pairs: readonly (readonly [string, string])[]) => new Map(pairs);
const before = votesOf(['x', 'a'], ['y', 'b'], ['z', 'a']);

async function certified(
  after: ReadonlyMap<string, string>,
  since: VotesSince,
  queue: readonly string[] = [],
): Promise<readonly string[]> {
  const { certificate, rows } = await certifyExpected(
    keptOf(worldOf(before)),
    keptOf(worldOf(after, queue)),
    since,
  );
  if (certificate.verdict === 'IDENTICAL') return [];
  return [
    ...certificate.differences.map(({ kind }) => kind),
    ...rows.flatMap((named) =>
      named.kind === 'named'
        ? [
            ...named.onlyBefore.map((key) => `missing ${key}`),
            ...named.onlyAfter.map((key) => `new ${key}`),
            ...named.changed.map((key) => `changed ${key}`),
          ]
        : ['not saved'],
    ),
  ];
}

describe('what is, against what should be', () => {
  const since = votesOf(['x', 'b'], ['new', 'a']);
  const right = votesOf(['x', 'b'], ['y', 'b'], ['z', 'a'], ['new', 'a']);

  test('is identical when every voter since has the last vote, and nobody else differs', async () => {
    expect(await certified(right, sinceOf(since))).toEqual([]);
    expect(await certified(before, sinceOf(new Map()))).toEqual([]);
  });

  test.each<readonly [string, readonly (readonly [string, string])[], readonly string[]]>([
    [
      'a vote that is not counted',
      [
        ['x', 'b'],
        ['y', 'b'],
        ['z', 'a'],
      ],
      ['rows', 'missing new'],
    ],
    [
      'none of the votes counted',
      [
        ['x', 'a'],
        ['y', 'b'],
        ['z', 'a'],
      ],
      ['rows', 'missing new', 'changed x'],
    ],
    ['another vote than the last', [...right.entries(), ['new', 'b']], ['rows', 'changed new']],
    ['a row that nobody voted for', [...right.entries(), ['w', 'a']], ['rows', 'new w']],
    ['a row of a voter who did not vote since', [...right.entries(), ['z', 'b']], ['rows', 'changed z']],
    [
      'a row that is gone',
      [
        ['x', 'b'],
        ['z', 'a'],
        ['new', 'a'],
      ],
      ['rows', 'missing y'],
    ],
  ])('names %s', async (_, after, expected) => {
    const found = await certified(new Map(after), sinceOf(since));
    expect(found.toSorted()).toEqual([...expected].toSorted());
  });

  test('forgives what is on its way, and says so', async () => {
    const way = sinceOf(since, { onTheWay: new Set(['new', 'x']), queues: ['votes'] });
    expect(await certified(before, way, ['an entry'])).toEqual([]);
    const { certificate } = await certifyExpected(keptOf(worldOf(before)), keptOf(worldOf(before)), way);
    expect(certificate.notes).toEqual(['votes of 2 voters are on their way: their rows were not looked at']);
  });

  test('names a queue in which something stands that was not accepted', async () => {
    expect(await certified(right, sinceOf(since), ['an entry'])).toEqual(['redis key']);
  });

  test('names a table that is gone as such', async () => {
    const { certificate } = await certifyExpected(
      keptOf(worldOf(before)),
      keptOf({ ...worldOf(before), tables: [] }),
      sinceOf(since),
    );
    expect(certificate.verdict === 'DIFFERENT' && certificate.differences.map(({ kind }) => kind)).toContain(
      'fact',
    );
  });
});

test('rows above take the place of those below, bucket by bucket, and the rest stays', async () => {
  for (let seed = 0; seed < 200; seed += 1) {
    const { below, pick } = randomFrom(seed);
    const votes = () =>
      new Map(Array.from({ length: below(30) }, () => [`v${below(25)}`, pick(['a', 'b', 'c'])] as const));
    const [under, over] = [votes(), votes()];
    const buckets = Array.from({ length: 16 }, (_, bucket) => bucket).filter(() => below(4) > 0);
    const request = { table: 'public.votes', bucketing, buckets };
    const read = async (source: RowSource) => {
      const rows: RowDigest[] = [];
      for await (const row of source.rows(request) ?? []) rows.push(row);
      return rows.map(({ bucket, key, hash }) => `${bucket} ${key} ${hash}`);
    };
    const merged = await read(overlaid(sourceOf(worldOf(under)), sourceOf(worldOf(over))));
    const wanted = await read(sourceOf(worldOf(new Map([...under, ...over]))));
    expect(merged.toSorted(), `seed ${seed}`).toEqual(wanted.toSorted());
    const order = merged.map((line) => Number(line.split(' ')[0]));
    expect(order).toEqual(order.toSorted((a, b) => a - b));
  }
});
