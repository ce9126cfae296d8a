import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type RedisCommands, readRedis } from '../adapters/redis.ts';
import { describeDifference } from '../certificate.ts';
import { compareFingerprints } from '../compare.ts';
import { defaultExclusions } from '../exclusions.ts';
import type { Fingerprint, RedisState } from '../types.ts';
import { connectRedis, isRedisInstalled, startRedis, type ThrowAway } from './servers.ts';

/** `SLA_TEST_REDIS_PORT`: a throw-away server that runs, instead of one of our own. It is emptied. */
const givenPort = process.env.SLA_TEST_REDIS_PORT;

describe.skipIf(!givenPort && !isRedisInstalled())('a fingerprint of a Redis that runs', () => {
  let server: ThrowAway | undefined;
  let redis: RedisCommands & AsyncDisposable;

  beforeAll(async () => {
    server = givenPort ? undefined : await startRedis();
    redis = await connectRedis(server?.port ?? Number(givenPort));
  });
  afterAll(async () => {
    await redis[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  });
  beforeEach(async () => {
    await redis.send('FLUSHALL');
    await redis.send('CONFIG', 'SET', 'maxmemory', '0', 'requirepass', '');
    for (const words of given) await sendAll(words);
  });

  const sendAll = async ([command = '', ...words]: readonly string[]) => redis.send(command, ...words);

  test.for(changes)('$does', async ({ commands, named }) => {
    const before = await state(redis);
    for (const words of commands) await sendAll(words);
    expect(differences(before, await state(redis))).toEqual(named);
  });

  test('how a value is encoded in memory does not matter', async () => {
    const before = await state(redis);
    await redis.send('CONFIG', 'SET', 'hash-max-listpack-entries', '0', 'zset-max-listpack-entries', '0');
    await redis.send('CONFIG', 'SET', 'set-max-intset-entries', '0', 'list-max-listpack-size', '1');
    await redis.send('DEL', 'hash', 'zset', 'numbers', 'votes', 'text');
    for (const words of [...given].reverse()) {
      if (['HSET', 'ZADD', 'SADD'].includes(words[0] ?? '')) await sendAll(words);
    }
    for (const words of given) if (['RPUSH', 'SET'].includes(words[0] ?? '')) await sendAll(words);
    const encoding = await redis.send('OBJECT', 'ENCODING', 'hash');
    const after = await state(redis);
    await redis.send('CONFIG', 'SET', 'hash-max-listpack-entries', '128', 'zset-max-listpack-entries', '128');
    await redis.send('CONFIG', 'SET', 'set-max-intset-entries', '512', 'list-max-listpack-size', '-2');
    expect(String(encoding)).toBe('hashtable');
    expect(differences(before, { ...after, facts: before.facts })).toEqual([]);
  });

  test('the votes of probes are not seen, not even when they are all there is', async () => {
    await redis.send('DEL', 'votes');
    const before = await state(redis);
    await redis.send('RPUSH', 'votes', '{"voter_id":"sla-probe-1","vote":"a"}');
    expect(differences(before, await state(redis))).toEqual([]);
  });

  test('a password is not in the fingerprint', async () => {
    await redis.send('ACL', 'SETUSER', 'sla', 'on', '>hunter22', '~*', '+@all');
    await redis.send('CONFIG', 'SET', 'masterauth', 'hunter22');
    const text = JSON.stringify(await state(redis));
    await redis.send('ACL', 'DELUSER', 'sla');
    await redis.send('CONFIG', 'SET', 'masterauth', '');
    expect(text).not.toContain('hunter22');
    expect(text).not.toContain('eb7c4d39');
    expect(text).toContain('#[secret]');
  });

  test('a data set that would block the server for long is refused', async () => {
    await expect(readRedis(redis, { exclusions: defaultExclusions, maxDataBytes: 1 })).rejects.toThrow(
      'would block it too long',
    );
  });
});

const state = (redis: RedisCommands): Promise<RedisState> =>
  readRedis(redis, { exclusions: defaultExclusions });

function differences(before: RedisState, after: RedisState): readonly string[] {
  const [was, is] = [before, after].map((redis): Fingerprint => {
    const taken = { atMs: 0, lsn: '0/0', snapshot: '1:1:', database: 'postgres', version: '17' };
    return { format: 1, exclusions: defaultExclusions, postgres: { taken, facts: [], tables: [] }, redis };
  });
  if (!was || !is) return [];
  const certificate = compareFingerprints(was, is);
  return certificate.verdict === 'IDENTICAL' ? [] : certificate.differences.map(describeDifference);
}

const later = `${Date.now() + 3_600_000}`;

const given: readonly (readonly string[])[] = [
  [
    'RPUSH',
    'votes',
    '{"voter_id":"a","vote":"a"}',
    '{"voter_id":"b","vote":"b"}',
    '{"voter_id":"c","vote":"a"}',
  ],
  ['SET', 'text', 'grüße 😀\0'],
  ['SET', 'empty', ''],
  ['SET', 'session', 'x', 'PXAT', later],
  ['SADD', 'set', 'a', 'b', 'c'],
  ['SADD', 'numbers', '1', '2', '3'],
  ['HSET', 'hash', 'f', '1', 'g', '2'],
  ['ZADD', 'zset', '1.5', 'a', '2', 'b'],
  ['XADD', 'stream', '1-1', 'f', 'v'],
  ['XADD', 'stream', '1-2', 'f', 'w'],
  ['XGROUP', 'CREATE', 'stream', 'readers', '0'],
  ['XREADGROUP', 'GROUP', 'readers', 'me', 'COUNT', '1', 'STREAMS', 'stream', '>'],
];

interface Change {
  readonly does: string;
  readonly commands: readonly (readonly string[])[];
  readonly named: readonly string[];
}

const inZero = (key: string, aspects: string): string => `redis key ${key} (database 0): ${aspects}`;

const changes: readonly Change[] = [
  { does: 'nothing done is nothing found', commands: [], named: [] },
  {
    does: 'two queued votes that swap their places are found as another order',
    commands: [
      ['LSET', 'votes', '0', '{"voter_id":"b","vote":"b"}'],
      ['LSET', 'votes', '1', '{"voter_id":"a","vote":"a"}'],
    ],
    named: [inZero('votes', 'order')],
  },
  { does: 'a popped vote is found', commands: [['LPOP', 'votes']], named: [inZero('votes', 'content')] },
  {
    does: 'fields that exchange their values are found',
    commands: [['HSET', 'hash', 'f', '2', 'g', '1']],
    named: [inZero('hash', 'content')],
  },
  { does: 'a score is found', commands: [['ZADD', 'zset', '1.6', 'a']], named: [inZero('zset', 'content')] },
  { does: 'a member is found', commands: [['SREM', 'set', 'b']], named: [inZero('set', 'content')] },
  { does: 'an entry is found', commands: [['XDEL', 'stream', '1-2']], named: [inZero('stream', 'content')] },
  {
    does: 'an acknowledged entry is found',
    commands: [['XACK', 'stream', 'readers', '1-1']],
    named: [inZero('stream', 'content')],
  },
  {
    does: 'another expiry is found',
    commands: [['PEXPIRE', 'session', '9999']],
    named: [inZero('session', 'expiry')],
  },
  {
    does: 'an expiry within the tolerance is none',
    commands: [['PEXPIREAT', 'session', `${Number(later) + 400}`]],
    named: [],
  },
  {
    does: 'a lost expiry is found',
    commands: [['PERSIST', 'session']],
    named: [inZero('session', 'expiry')],
  },
  {
    does: 'another type is found',
    commands: [
      ['DEL', 'text'],
      ['SADD', 'text', 'grüße 😀\0'],
    ],
    named: [inZero('text', 'type')],
  },
  {
    does: 'a missing key and a new one are found',
    commands: [['RENAME', 'empty', 'Empty\\']],
    named: [inZero('empty', 'missing'), inZero('Empty\\\\', 'new')],
  },
  {
    does: 'a key that moves to another database is found on both sides',
    commands: [['MOVE', 'empty', '3']],
    named: [inZero('empty', 'missing'), 'redis key empty (database 3): new'],
  },
  {
    does: 'a setting is found',
    commands: [['CONFIG', 'SET', 'maxmemory', '1000000000']],
    named: ['redis setting maxmemory: 0 → 1000000000'],
  },
];
