import { z } from 'zod';

export const weekdays = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const;
export type Weekday = (typeof weekdays)[number];

const clockTime = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time of day as HH:MM');

/** A zone that this machine's calendar knows. */
const zoneName = z.string().refine(isZone, 'a zone of the IANA database, such as Europe/Paris');

/** When the client counts. */
export const serviceConfig = z
  .strictObject({
    zone: zoneName
      .default('Europe/Paris')
      .describe('zone of the service windows and of the schedule, changes of the clock included'),
    windows: z
      .array(
        z
          .strictObject({ days: z.array(z.enum(weekdays)).min(1), from: clockTime, to: clockTime })
          .refine(({ from, to }) => from < to, 'a window ends after it begins, on the same day'),
      )
      .default([{ days: ['Mon', 'Tue'], from: '10:00', to: '18:00' }])
      .describe('hours of the week in which the client counts; heavy jobs keep out of them'),
  })
  .prefault({});

export type ServiceConfig = z.output<typeof serviceConfig>;

/** One service window, from its first to behind its last millisecond, UTC. */
export interface Span {
  readonly startMs: number;
  readonly endMs: number;
}

/** Whether the client counts at this instant. */
export const isInside = (service: ServiceConfig, atMs: number): boolean =>
  openWindow(service, atMs) !== undefined;

/** The window that is open at this instant; windows that touch or overlap are one. */
export const openWindow = (service: ServiceConfig, atMs: number): Span | undefined =>
  spansFrom(service, atMs, 2).find(({ startMs, endMs }) => startMs <= atMs && atMs < endMs);

/** The first window that begins after this instant; undefined when there are none at all. */
export const nextWindow = (service: ServiceConfig, atMs: number): Span | undefined =>
  spansFrom(service, atMs, 9).find(({ startMs }) => startMs > atMs);

/** Windows of some days, from the day before an instant on: one may go on over midnight. */
function spansFrom(service: ServiceConfig, atMs: number, days: number): readonly Span[] {
  const first = Temporal.Instant.fromEpochMilliseconds(atMs).toZonedDateTimeISO(service.zone).toPlainDate();
  const spans = Array.from({ length: days + 2 }, (_, index) =>
    spansOf(service, first.add({ days: index - 1 })),
  );
  return merged(spans.flat());
}

const spansOf = ({ zone, windows }: ServiceConfig, date: Temporal.PlainDate): readonly Span[] =>
  windows
    .filter(({ days }) => days.some((day) => weekdays.indexOf(day) + 1 === date.dayOfWeek))
    .map(({ from, to }) => ({ startMs: instantOf(date, from, zone), endMs: instantOf(date, to, zone) }));

/** A time that the clock skips is the one as long after the change; of two, the first. */
const instantOf = (date: Temporal.PlainDate, time: string, zone: string): number =>
  date.toZonedDateTime({ timeZone: zone, plainTime: Temporal.PlainTime.from(time) }).epochMilliseconds;

function merged(spans: readonly Span[]): readonly Span[] {
  const apart: Span[] = [];
  for (const span of spans.toSorted((one, other) => one.startMs - other.startMs)) {
    const last = apart.at(-1);
    if (last && span.startMs <= last.endMs)
      apart[apart.length - 1] = { ...last, endMs: Math.max(last.endMs, span.endMs) };
    else apart.push(span);
  }
  return apart;
}

function isZone(name: string): boolean {
  try {
    Temporal.Now.zonedDateTimeISO(name);
    return true;
  } catch {
    return false;
  }
}
