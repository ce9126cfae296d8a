import { describe, expect, test } from 'vitest';
import { eventKinds, eventOf, parseEvent } from './events.ts';

const run = eventOf(
  'command run',
  { who: 'alice@desk', words: ['vote', 'A'], exitStatus: 0, tookMs: 12 },
  1_000,
);

test('an event is the same after its way over the wire', () => {
  expect(parseEvent(JSON.parse(JSON.stringify(run)))).toEqual(run);
});

test('two events never have one id', () => {
  const again = eventOf('command run', run.data, run.atMs);
  expect(again.id).not.toBe(run.id);
});

describe('what comes from outside and is no event', () => {
  test.each([
    [null, /expected object/],
    [{ ...run, kind: 'command' }, /kind/],
    [{ ...run, id: 'short' }, /id/],
    [{ ...run, atMs: 'now' }, /atMs/],
    [{ ...run, more: 1 }, /more/],
    [{ ...run, data: { ...run.data, exitStatus: 'none' } }, /^command run: .*exitStatus/s],
    [{ ...run, data: { ...run.data, password: 'x' } }, /password/],
    [{ ...run, data: {} }, /who/],
    [JSON.parse('{"__proto__": {"id": "12345678"}}'), /id/],
  ])('%j is refused with the reason', (value, reason) => {
    expect(parseEvent(value)).toMatch(reason);
  });
});

test('every kind reads as a sentence begins', () => {
  for (const kind of eventKinds) expect(kind).toMatch(/^[a-z]+( [a-z]+)+$/);
});
