import { expect, test } from 'vitest';
import { SlaError } from '../core/errors.ts';
import { instantFrom } from './instant.ts';

const zone = 'Europe/Paris';

test.each([
  ['2026-11-21T03:00:00Z', '2026-11-21T03:00:00.000Z'],
  ['2026-11-21T03:00Z', '2026-11-21T03:00:00.000Z'],
  ['2026-11-21T03:00:00.123z', '2026-11-21T03:00:00.123Z'],
  ['2026-11-21 04:00:00+01:00', '2026-11-21T03:00:00.000Z'],
  ['2026-11-21T04:00:00+0100', '2026-11-21T03:00:00.000Z'],
  ['2026-11-20T22:30:00-04:30', '2026-11-21T03:00:00.000Z'],
  ['2026-11-21T04:00[Europe/Paris]', '2026-11-21T03:00:00.000Z'],
  // Said once more by its offset, the hour that comes twice is clear.
  ['2026-10-25T02:30+02:00[Europe/Paris]', '2026-10-25T00:30:00.000Z'],
  ['2026-10-25T02:30+01:00[Europe/Paris]', '2026-10-25T01:30:00.000Z'],
  ['2026-10-25T03:00[Europe/Paris]', '2026-10-25T02:00:00.000Z'],
])('%s is %s', (text, expected) => {
  expect(new Date(instantFrom(text, zone)).toISOString()).toBe(expected);
});

const refusalOf = (text: string): SlaError => {
  try {
    instantFrom(text, zone);
  } catch (thrown) {
    if (thrown instanceof SlaError) return thrown;
    throw thrown;
  }
  throw new Error(`${text} was taken`);
};

test.each([
  [
    '2026-11-21T03:00:00',
    'says no zone',
    ['2026-11-21T03:00:00+00:00[UTC]', '2026-11-21T03:00:00+01:00[Europe/Paris]'],
  ],
  [
    '2026-11-21',
    'says no zone',
    ['2026-11-21T00:00:00+00:00[UTC]', '2026-11-21T00:00:00+01:00[Europe/Paris]'],
  ],
  [
    '2026-10-25T02:30[Europe/Paris]',
    'comes twice',
    ['2026-10-25T02:30:00+02:00[Europe/Paris]', '2026-10-25T02:30:00+01:00[Europe/Paris]'],
  ],
  [
    '2026-03-29T02:30[Europe/Paris]',
    'does not exist',
    ['2026-03-29T01:30:00+01:00[Europe/Paris]', '2026-03-29T03:30:00+02:00[Europe/Paris]'],
  ],
])('%s is refused with both readings: it %s', (text, why, both) => {
  const refusal = refusalOf(text);
  expect(refusal).toMatchObject({ code: 'usage', message: expect.stringContaining(why) });
  for (const reading of both) {
    expect(refusal.remedy).toContain(reading);
    // What is offered is taken.
    expect(() => instantFrom(reading, zone)).not.toThrow();
  }
});

test.each([
  'yesterday',
  '',
  '2026-02-30T10:00Z',
  '2026-11-21T25:00Z',
  '2026-11-21T03:00[Europe/Nowhere]',
  '2026-11-21T03:00+05:00[Europe/Paris]',
  '1763694000',
])('"%s" is no instant', (text) => {
  expect(refusalOf(text)).toMatchObject({ code: 'usage', message: `"${text}" is no instant` });
});
