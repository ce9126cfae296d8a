import { SlaError } from '../core/errors.ts';

/**
 * The instant that a person means, in UTC milliseconds: ISO 8601 with an offset (`…+01:00`, `…Z`) or with a zone
 * (`2026-11-21T03:00[Europe/Paris]`). Error `usage` without either, and for a time of day that the zone has twice
 * or not at all on that day; both readings are shown then.
 */
export function instantFrom(text: string, zone: string): number {
  if (/\[[^\]]+\]$/.test(text)) return inZone(text);
  const isOffset = /(?:Z|[+-]\d{2}(?::?\d{2}){0,2})$/i.test(text.replace(/^\d{4}-\d{2}-\d{2}/, ''));
  if (isOffset) return parsed(text, () => Temporal.Instant.from(text).epochMilliseconds);
  const wall = parsed(text, () => Temporal.PlainDateTime.from(text));
  throw unclear(`"${text}" says no zone`, readings(wall, ['UTC', zone]));
}

function inZone(text: string): number {
  // Without an offset the first reading, so that a zone that is not known is told from a time that is unclear.
  const early = parsed(text, () =>
    Temporal.ZonedDateTime.from(text, { disambiguation: 'earlier', offset: 'reject' }),
  );
  if (/\d(?:Z|[+-]\d{2}(?::?\d{2})?)\[/i.test(text)) return early.epochMilliseconds;
  const late = Temporal.ZonedDateTime.from(text, { disambiguation: 'later' });
  if (early.epochMilliseconds === late.epochMilliseconds) return early.epochMilliseconds;
  const wall = Temporal.PlainDateTime.from(text.replace(/\[.*$/, ''));
  const isGap = !early.toPlainDateTime().equals(wall);
  const why = isGap ? 'does not exist: the clock jumps over it' : 'comes twice: the clock is set back';
  throw unclear(`"${text}" ${why}`, [early, late]);
}

function parsed<T>(text: string, parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    throw new SlaError('usage', `"${text}" is no instant`, {
      cause,
      remedy: 'write it as 2026-11-21T03:00:00+01:00, 2026-11-21T02:00:00Z or 2026-11-21T03:00[Europe/Paris]',
    });
  }
}

const readings = (wall: Temporal.PlainDateTime, zones: readonly string[]) =>
  zones.map((zone) => wall.toZonedDateTime(zone));

function unclear(message: string, meant: readonly Temporal.ZonedDateTime[]): SlaError {
  const [first, second] = meant.map((reading) => reading.toString({ smallestUnit: 'second' }));
  return new SlaError('usage', message, {
    cause: `it may be ${first} or ${second}`,
    remedy: `say which one: --at "${first}" or --at "${second}"`,
  });
}
