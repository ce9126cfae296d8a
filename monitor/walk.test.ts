import { expect, test } from 'vitest';
import { type Hop, walk } from './walk.ts';

const tried: string[] = [];
const hop = (what: string, end: 'holds' | Error): Hop => ({
  what,
  check: async () => {
    tried.push(what);
    if (end instanceof Error) throw end;
    return end;
  },
});

test('a way whose hops all hold is told hop by hop', async () => {
  const result = await walk({ to: 'db', hops: [hop('port', 'holds'), hop('login', 'holds')] });
  expect(result).toEqual({
    to: 'db',
    passed: [
      { what: 'port', found: 'holds', tookMs: expect.any(Number) },
      { what: 'login', found: 'holds', tookMs: expect.any(Number) },
    ],
  });
});

test('behind the first broken hop nothing is tried', async () => {
  tried.splice(0);
  const refused = new Error('refused');
  const result = await walk({
    to: 'db',
    hops: [hop('port', 'holds'), hop('login', refused), hop('unit', 'holds')],
  });
  expect(tried).toEqual(['port', 'login']);
  expect(result.passed.map(({ what }) => what)).toEqual(['port']);
  expect(result.broken).toEqual({ what: 'login', error: refused });
});

test('a way without hops holds', async () => {
  expect(await walk({ to: 'nowhere', hops: [] })).toEqual({ to: 'nowhere', passed: [] });
});
