import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { randomFrom } from '../../core/random.ts';
import { isRedisInstalled, testRedis } from '../../test/servers/redis.ts';
import { readSnapshot } from './snapshot.ts';

describe.skipIf(!isRedisInstalled)('a snapshot that Redis wrote', () => {
  test('gives the entries of the lists as Redis itself gives them, whatever else is in it', async () => {
    await using redis = await testRedis(mkdtempSync(join(tmpdir(), 'sla-snapshot-')));
    const { client } = redis;
    for (let seed = 0; seed < 12; seed += 1) {
      const { below, pick } = randomFrom(seed);
      const odd = ['0', '-7', '127', '4096', '-4097', '70000', '-9000000', '3000000000', '-9007199254740993'];
      const text = () => pick([...odd, 'é\u2028🗳', 'x'.repeat(below(200)), 'ab'.repeat(below(9000)), '']);
      await client.flushall();
      await client.function('FLUSH');
      await client.function(
        'LOAD',
        "#!lua name=mine\nredis.register_function('one', function() return 1 end)",
      );
      await client.mset('a', text(), 'b', '12345', 'c', '-1');
      await client.set('expires', text(), 'PX', 100_000);
      await client.sadd('numbers', 1, 2, 3);
      await client.sadd('set', ...Array.from({ length: 300 }, (_, at) => `m${at}`));
      await client.hset('hash', 'f', text());
      await client.hset('large', ...Array.from({ length: 300 }, (_, at) => [`f${at}`, text()]).flat());
      await client.zadd('zset', 1.5, 'x', 2, 'y');
      await client.zadd('wide', ...Array.from({ length: 300 }, (_, at) => [at, `z${at}`]).flat());
      for (let at = 0; at < 120; at += 1) await client.xadd('stream', '*', 'field', text());
      await client.xgroup('CREATE', 'stream', 'group', '0');
      await client.xreadgroup('GROUP', 'group', 'me', 'COUNT', 5, 'STREAMS', 'stream', '>');
      await client.pfadd('count', 'x');
      const entries = Array.from({ length: 1 + below(1500) }, text);
      await client.rpush('votes', ...entries);
      await client.rpush('votes:processing', 'in hand');
      await client.select(3);
      await client.rpush('votes', 'of another database');
      await client.select(0);
      await client.save();

      const read = readSnapshot(readFileSync(join(redis.folder, 'dump.rdb')), [
        'votes',
        'votes:processing',
        'none',
      ]);
      expect(read.lists, `seed ${seed}`).toEqual({ votes: entries, 'votes:processing': ['in hand'] });
      expect(read.atMs).toBeGreaterThan(Date.UTC(2020, 0));
    }
  }, 60_000);
});

test.each([
  ['another file', Buffer.from('hello world')],
  ['a snapshot that was cut off', Buffer.concat([Buffer.from('REDIS0011'), Buffer.from([0xfa, 9, 1])])],
  ['a type that is not known', Buffer.concat([Buffer.from('REDIS0011'), Buffer.from([99, 1, 97, 0])])],
])('%s is an error', (_, bytes) => {
  expect(() => readSnapshot(bytes, ['votes'])).toThrow();
});
