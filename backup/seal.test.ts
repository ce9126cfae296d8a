import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { macOf, sealed, unsealed } from './seal.ts';

const key = 'x'.repeat(64);

async function* of(...chunks: readonly Buffer[]) {
  yield* chunks;
}

async function all(source: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const seal = (plain: Buffer, name = 'monday/redis.rdb') => all(sealed(of(plain), name, key));
const open = (bytes: Buffer, name = 'monday/redis.rdb', passphrase = key) =>
  all(unsealed(of(bytes), name, passphrase));

test.each([0, 1, 100, 1_000_000])('%i bytes come back, in whatever pieces they come', async (size) => {
  const plain = randomBytes(size);
  const bytes = await seal(plain);
  expect((await open(bytes)).equals(plain)).toBe(true);
  const pieces = Array.from({ length: Math.ceil(bytes.length / 997) }, (_, at) =>
    bytes.subarray(at * 997, at * 997 + 997),
  );
  expect((await all(unsealed(of(...pieces), 'monday/redis.rdb', key))).equals(plain)).toBe(true);
});

test('what is in it cannot be seen, and what repeats takes no room', async () => {
  const bytes = await seal(Buffer.alloc(1_000_000, 'secret'));
  expect(bytes.includes('secret')).toBe(false);
  expect(bytes.length).toBeLessThan(1000);
});

test('each bit that is flipped is noticed, wherever it is', async () => {
  const bytes = await seal(Buffer.from('a vote for cats'));
  for (let bit = 0; bit < bytes.length * 8; bit += 1) {
    const flipped = Buffer.from(bytes);
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    await expect(open(flipped), `bit ${bit}`).rejects.toMatchObject({ name: 'SlaError' });
  }
});

test('each length but the whole is noticed', async () => {
  const bytes = await seal(randomBytes(50));
  for (let length = 0; length < bytes.length; length += 1)
    await expect(open(bytes.subarray(0, length)), `${length} bytes`).rejects.toMatchObject({
      code: 'restore-failed',
    });
  await expect(open(Buffer.concat([bytes, Buffer.from('x')]))).rejects.toMatchObject({
    code: 'restore-failed',
  });
});

test('a file under the name of another does not open', async () => {
  const bytes = await seal(Buffer.from('monday'));
  await expect(open(bytes, 'tuesday/redis.rdb')).rejects.toMatchObject({
    code: 'restore-failed',
    message: expect.stringContaining('tuesday/redis.rdb'),
  });
});

test('another key is named as what it is, and not as damage', async () => {
  await expect(open(await seal(Buffer.from('x')), 'monday/redis.rdb', 'y'.repeat(64))).rejects.toMatchObject({
    code: 'backup-key',
  });
});

test('a text, its name and the key all count for its code', () => {
  const codes = [macOf('a', 'n', key), macOf('b', 'n', key), macOf('a', 'm', key), macOf('a', 'n', 'other')];
  expect(new Set(codes).size).toBe(4);
  expect(macOf('a', 'n', key)).toBe(codes[0]);
});
