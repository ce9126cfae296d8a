import { describe, expect, test } from 'vitest';
import { problemsOf } from './config.ts';
import { isInside, nextWindow, openWindow, serviceConfig } from './windows.ts';

const hourMs = 3_600_000;
const at = (text: string): number => Temporal.ZonedDateTime.from(`${text}[Europe/Paris]`).epochMilliseconds;
const textOf = (ms: number | undefined): string | undefined =>
  ms === undefined
    ? undefined
    : Temporal.Instant.fromEpochMilliseconds(ms)
        .toZonedDateTimeISO('Europe/Paris')
        .toString({ smallestUnit: 'minute', timeZoneName: 'never' });
const usual = serviceConfig.parse(undefined);
const always = (days: readonly string[], from: string, to: string) =>
  serviceConfig.parse({ windows: [{ days: [...days], from, to }] });

describe('the usual windows', () => {
  // 2026-11-23 is a Monday.
  test.each([
    ['2026-11-23T09:59:59.999', false],
    ['2026-11-23T10:00', true],
    ['2026-11-23T17:59:59.999', true],
    ['2026-11-23T18:00', false],
    ['2026-11-24T12:00', true],
    ['2026-11-25T12:00', false],
    ['2026-11-22T12:00', false],
  ])('at %s: %s', (text, expected) => expect(isInside(usual, at(text))).toBe(expected));

  test.each([
    ['2026-11-23T09:00', '2026-11-23T10:00+01:00'],
    ['2026-11-23T10:00', '2026-11-24T10:00+01:00'],
    ['2026-11-24T10:00', '2026-11-30T10:00+01:00'],
    ['2026-11-27T23:00', '2026-11-30T10:00+01:00'],
  ])('after %s the next begins at %s', (text, next) =>
    expect(textOf(nextWindow(usual, at(text))?.startMs)).toBe(next),
  );
});

describe('through changes of the clock', () => {
  test.each([
    // Monday after the clock was set forward, and after it was set back: still 10:00 on the wall.
    ['2026-03-28T12:00', '2026-03-30T10:00+02:00', '2026-03-30T18:00+02:00'],
    ['2026-10-24T12:00', '2026-10-26T10:00+01:00', '2026-10-26T18:00+01:00'],
  ])('the Monday after %s begins at %s', (text, start, end) => {
    const window = nextWindow(usual, at(text));
    expect([textOf(window?.startMs), textOf(window?.endMs)]).toEqual([start, end]);
  });

  test.each([
    ['2026-03-29T12:00', 21],
    ['2026-10-25T12:00', 23],
    ['2026-11-22T12:00', 22],
  ])('from 01:00 to 23:00 of the Sunday of %s are %i hours', (noon, hours) => {
    const window = openWindow(always(['Sun'], '01:00', '23:00'), at(noon));
    expect(((window?.endMs ?? 0) - (window?.startMs ?? 0)) / hourMs).toBe(hours);
  });

  test('a window that begins in the skipped hour begins behind it', () => {
    const window = nextWindow(always(['Sun'], '02:30', '05:00'), at('2026-03-29T00:00'));
    expect(textOf(window?.startMs)).toBe('2026-03-29T03:30+02:00');
  });

  test('a window that begins in the repeated hour begins the first time', () => {
    const window = nextWindow(always(['Sun'], '02:30', '05:00'), at('2026-10-25T00:00'));
    expect(textOf(window?.startMs)).toBe('2026-10-25T02:30+02:00');
  });
});

test('windows that touch or overlap are one', () => {
  const service = serviceConfig.parse({
    windows: [
      { days: ['Mon'], from: '12:00', to: '16:00' },
      { days: ['Mon'], from: '10:00', to: '12:00' },
      { days: ['Mon'], from: '15:00', to: '18:00' },
    ],
  });
  const window = openWindow(service, at('2026-11-23T11:00'));
  expect([textOf(window?.startMs), textOf(window?.endMs)]).toEqual([
    '2026-11-23T10:00+01:00',
    '2026-11-23T18:00+01:00',
  ]);
});

test('without windows none is open and none comes', () => {
  const none = serviceConfig.parse({ windows: [] });
  expect([isInside(none, at('2026-11-23T11:00')), nextWindow(none, 0)]).toEqual([false, undefined]);
});

test.each([
  [{ zone: 'Europe/Pariss' }, 'zone'],
  [{ windows: [{ days: ['Mon'], from: '18:00', to: '10:00' }] }, 'windows.0'],
  [{ windows: [{ days: ['Mon'], from: '24:00', to: '25:00' }] }, 'windows.0.from'],
  [{ windows: [{ days: ['Monday'], from: '10:00', to: '18:00' }] }, 'windows.0.days.0'],
  [{ windows: [{ days: [], from: '10:00', to: '18:00' }] }, 'windows.0.days'],
])('%j is refused', (wrong, path) => {
  expect(problemsOf(serviceConfig, wrong).map((problem) => problem.path)).toContain(path);
});
