import { expect, test } from 'vitest';
import { keyName } from './redis.ts';

test('two different keys never share a name, whatever bytes they are', () => {
  const keys = ['votes', 'grüße', 'a\\xff', '\\\\', '', '\0'].map((text) => Buffer.from(text));
  const bytes = [Buffer.from([0xff]), Buffer.from([0x61, 0xff]), Buffer.from([0xed, 0xa0, 0x80])];
  const named = [...keys, ...bytes].map(keyName);
  expect(named.slice(0, 2)).toEqual(['votes', 'grüße']);
  expect(keyName(Buffer.from([0x61, 0xff]))).toBe('\\x61\\xff');
  expect(new Set(named).size).toBe(named.length);
});
