import { parse, validateDetailed } from 'node-cron';

/** Times of a schedule, in a zone. */
export interface Cron {
  /** The first time behind an instant, in UTC milliseconds. */
  next(afterMs: number): number;
}

/**
 * Reads a cron expression of five fields. Where it names hours, a time that the clock skips in spring comes as long
 * after the change, and one that comes twice in autumn counts once, the first time. Where every hour is meant, time
 * simply goes on: each real hour has its times. Throws for an expression that means nothing, or never comes.
 */
export function cronOf(expression: string, zone: string): Cron {
  const fields = fieldsOf(expression);
  const timesOn = remembered((date) => timesOf(fields, date, zone));
  let known = { fromMs: Number.POSITIVE_INFINITY, nextMs: Number.NEGATIVE_INFINITY };
  return {
    next: (afterMs) => {
      // Asked every second, it changes every hour or day.
      if (afterMs < known.fromMs || afterMs >= known.nextMs)
        known = { fromMs: afterMs, nextMs: search(fields, zone, afterMs, timesOn) };
      return known.nextMs;
    },
  };
}

interface Fields {
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly isEveryHour: boolean;
  isDay(date: Temporal.PlainDate): boolean;
}

function fieldsOf(expression: string): Fields {
  const words = expression.trim().split(/\s+/);
  const { valid, errors } = validateDetailed(expression);
  if (!valid || words.length !== 5) {
    const why = errors.map(({ message }) => message).join('; ') || 'it takes five fields';
    throw new Error(`"${expression}" is no cron expression: ${why}`);
  }
  if (words[2] !== '*' && words[4] !== '*')
    throw new Error(`"${expression}" names days of the month and of the week: take one of them`);
  const { minute, hour, dayOfMonth, month, dayOfWeek } = parse(expression);
  return {
    minutes: sorted(minute),
    hours: sorted(hour),
    isEveryHour: hour.length === 24,
    isDay: (date) =>
      month.includes(date.month) && dayOfMonth.includes(date.day) && dayOfWeek.includes(date.dayOfWeek % 7),
  };
}

const sorted = (numbers: readonly number[]): readonly number[] => numbers.toSorted((a, b) => a - b);

// A 29th of February comes within eight years.
const searchedDays = 8 * 366;

type TimesOn = (date: Temporal.PlainDate) => readonly number[];

function search({ isDay }: Fields, zone: string, afterMs: number, timesOn: TimesOn): number {
  const start = Temporal.Instant.fromEpochMilliseconds(afterMs).toZonedDateTimeISO(zone).toPlainDate();
  for (let day = 0; day < searchedDays; day += 1) {
    const date = start.add({ days: day });
    if (!isDay(date)) continue;
    const found = timesOn(date).find((timeMs) => timeMs > afterMs);
    if (found !== undefined) return found;
  }
  throw new Error('the cron expression never comes');
}

/** The times of the last day that was asked for are kept: a job of every minute asks for them all day. */
function remembered(timesOn: TimesOn): TimesOn {
  let last: { readonly date: string; readonly times: readonly number[] } | undefined;
  return (date) => {
    const key = date.toString();
    if (last?.date !== key) last = { date: key, times: timesOn(date) };
    return last.times;
  };
}

/** All times of one day, in order. */
function timesOf(fields: Fields, date: Temporal.PlainDate, zone: string): readonly number[] {
  const midnight = date.toZonedDateTime(zone);
  const walls = fields.hours.flatMap((hour) => fields.minutes.map((minute) => ({ hour, minute })));
  // No change of the clock: plain arithmetic.
  if (midnight.hoursInDay === 24)
    return walls.map(({ hour, minute }) => midnight.epochMilliseconds + (hour * 60 + minute) * 60_000);
  const times = walls.flatMap((wall) => instantsOf(date.toPlainDateTime(wall), zone, fields.isEveryHour));
  return sorted([...new Set(times)]);
}

function instantsOf(wall: Temporal.PlainDateTime, zone: string, isEveryHour: boolean): readonly number[] {
  const first = wall.toZonedDateTime(zone, { disambiguation: 'compatible' });
  if (!isEveryHour) return [first.epochMilliseconds];
  const isSkipped = !first.toPlainDateTime().equals(wall);
  const second = wall.toZonedDateTime(zone, { disambiguation: 'later' });
  return isSkipped ? [] : [first.epochMilliseconds, second.epochMilliseconds];
}
