import { createTask } from 'node-cron';
import { describe, expect, test } from 'vitest';
import { cronOf } from './cron.ts';

const zone = 'Europe/Paris';
const at = (text: string): number => Temporal.ZonedDateTime.from(`${text}[${zone}]`).epochMilliseconds;
const textOf = (ms: number): string =>
  Temporal.Instant.fromEpochMilliseconds(ms)
    .toZonedDateTimeISO(zone)
    .toString({ smallestUnit: 'minute', timeZoneName: 'never' });

/** All times between two instants. */
function timesBetween(expression: string, from: string, to: string): readonly string[] {
  const cron = cronOf(expression, zone);
  const times: string[] = [];
  for (let time = cron.next(at(from)); time <= at(to); time = cron.next(time)) times.push(textOf(time));
  return times;
}

describe('times of a schedule', () => {
  test.each([
    ['0 3 * * *', '2026-11-21T02:59', '2026-11-21T03:00+01:00'],
    ['0 3 * * *', '2026-11-21T03:00', '2026-11-22T03:00+01:00'],
    ['30 1 * * 0', '2026-11-21T12:00', '2026-11-22T01:30+01:00'],
    ['30 1 * * 7', '2026-11-21T12:00', '2026-11-22T01:30+01:00'],
    ['*/10 10-17 * * 1,2', '2026-11-23T17:45', '2026-11-23T17:50+01:00'],
    ['*/10 10-17 * * 1,2', '2026-11-24T17:50', '2026-11-30T10:00+01:00'],
    ['0 0 29 2 *', '2026-11-21T00:00', '2028-02-29T00:00+01:00'],
    ['0 0 1 1 *', '2026-01-01T00:00', '2027-01-01T00:00+01:00'],
  ])('%s after %s: %s', (expression, after, next) =>
    expect(textOf(cronOf(expression, zone).next(at(after)))).toBe(next),
  );

  test.each([
    ['61 * * * *', /minute/],
    ['* * * *', /no cron expression/],
    ['0 0 3 * * *', /five fields/],
    ['0 0 1 * 1', /take one of them/],
    ['0 0 31 2 *', /impossible/],
    ['nonsense', /no cron expression/],
  ])('%s is refused', (expression, why) => expect(() => cronOf(expression, zone)).toThrow(why));
});

describe('the night in which the clock is set forward', () => {
  test('a time in the skipped hour comes once, behind it', () => {
    expect(timesBetween('30 2 * * *', '2026-03-28T00:00', '2026-03-30T12:00')).toEqual([
      '2026-03-28T02:30+01:00',
      '2026-03-29T03:30+02:00',
      '2026-03-30T02:30+02:00',
    ]);
  });
  test('every hour is 23 times a day', () => {
    const times = timesBetween('0 * * * *', '2026-03-28T23:30', '2026-03-29T23:30');
    expect(times.length).toBe(23);
    expect(times.slice(1, 4)).toEqual([
      '2026-03-29T01:00+01:00',
      '2026-03-29T03:00+02:00',
      '2026-03-29T04:00+02:00',
    ]);
  });
  test('two times that fall together are one', () => {
    expect(timesBetween('0 2,3 * * *', '2026-03-29T00:00', '2026-03-29T12:00')).toEqual([
      '2026-03-29T03:00+02:00',
    ]);
  });
});

describe('the night in which the clock is set back', () => {
  test('a time in the repeated hour comes once, the first time', () => {
    expect(timesBetween('30 2 * * *', '2026-10-24T00:00', '2026-10-26T12:00')).toEqual([
      '2026-10-24T02:30+02:00',
      '2026-10-25T02:30+02:00',
      '2026-10-26T02:30+01:00',
    ]);
  });
  test('every hour is 25 times a day, and every minute 1500 times', () => {
    expect(timesBetween('0 * * * *', '2026-10-24T23:30', '2026-10-25T23:30').length).toBe(25);
    expect(timesBetween('* * * * *', '2026-10-24T23:59', '2026-10-25T23:59').length).toBe(1500);
  });
});

test('on days without a change of the clock it agrees with node-cron itself', () => {
  for (const expression of ['*/7 * * * *', '5 4 * * *', '0 10-18 * * 1-2', '15 1 1 * *', '0 3 * * 0']) {
    const theirs = createTask(expression, () => undefined, { timezone: zone });
    const ours = cronOf(expression, zone);
    const days = theirs.getNextRuns(20).map((date) => date.getTime());
    const isPlain = (ms: number) =>
      Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(zone).hoursInDay === 24;
    for (const [index, time] of days.entries()) {
      const before = days[index - 1];
      if (before !== undefined && isPlain(time) && isPlain(before)) expect(ours.next(before)).toBe(time);
    }
    void theirs.destroy();
  }
});
