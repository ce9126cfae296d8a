import type { SegmentRun } from './types.ts';

/** One WAL segment of 16 MiB: the 24 hexadecimal digits of its name are its timeline and its number. */
export interface Segment {
  readonly timeline: number;
  /** Counted from the beginning of the cluster, whatever the timeline. */
  readonly number: number;
}

const segmentBytes = 16n * 1024n * 1024n;
const perLog = 0x100;

/** Undefined for what is no name of a segment: a history file, a backup label, `.partial`. */
export function parseSegment(name: string): Segment | undefined {
  const match = /^([0-9A-F]{8})([0-9A-F]{8})000000([0-9A-F]{2})$/.exec(name);
  if (!match) return undefined;
  const [timeline = 0, log = 0, segment = 0] = match.slice(1).map((digits) => Number.parseInt(digits, 16));
  return { timeline, number: log * perLog + segment };
}

export const segmentName = ({ timeline, number }: Segment): string =>
  [timeline, Math.floor(number / perLog), number % perLog].map(hexadecimal).join('');

/** The name says what it is. Throws on anything else: it comes from pgBackRest. */
export function segmentFrom(name: string): Segment {
  const segment = parseSegment(name);
  if (segment) return segment;
  throw new Error(`"${name}" is no WAL segment`);
}

/** A position in the WAL, `16/B374D848`, as a number of bytes. */
export function bytesOfLsn(lsn: string): bigint {
  const [high = '', low = ''] = lsn.split('/');
  return (BigInt(`0x${high}`) << 32n) + BigInt(`0x${low}`);
}

/** Number of the segment that holds the byte right before a position: what was written up to it ends there. */
export const segmentNumberUpTo = (lsn: string): number => {
  const bytes = bytesOfLsn(lsn);
  return Number((bytes > 0n ? bytes - 1n : bytes) / segmentBytes);
};

/** Number of the segment that holds a position. */
export const segmentNumberAt = (lsn: string): number => Number(bytesOfLsn(lsn) / segmentBytes);

/** Segments in any order as runs without a gap, oldest first, those of a timeline together. */
export function runsOf(names: readonly string[]): readonly SegmentRun[] {
  const runs: { first: string; last: string }[] = [];
  let before: Segment | undefined;
  for (const name of [...new Set(names)].toSorted()) {
    const segment = segmentFrom(name);
    const run = runs.at(-1);
    const follows = before?.timeline === segment.timeline && before.number + 1 === segment.number;
    if (run && follows) run.last = name;
    else runs.push({ first: name, last: name });
    before = segment;
  }
  return runs;
}

const hexadecimal = (value: number): string => value.toString(16).toUpperCase().padStart(8, '0');
