import type { Recorded } from '../core/ledger/ledger.ts';
import type { JobView, ScheduleView } from '../schedule/view.ts';

export interface FoundSchedule extends ScheduleView {
  /** The last events of the ledger, oldest first. */
  readonly recent: readonly Recorded[];
  /** Events of this machine that are not in the ledger yet. */
  readonly spooled: number;
}

/** What ran and what comes next, in the zone of the schedule. */
export function renderSchedule(found: FoundSchedule): string {
  const { jobs, zone, recent, spooled } = found;
  return [
    `Times are of ${zone}; ${found.isWindowOpen ? 'a service window is open' : 'no service window is open'}.`,
    '',
    ...table([['job', 'last run', 'took', 'came to', 'next'], ...jobs.map((job) => cellsOf(job, found))]),
    ...(recent.length === 0 ? [] : ['', 'Lately:']),
    ...recent.map((event) => `  ${timeText(event.atMs, zone)}  ${shortened(eventText(event), maxLineWidth)}`),
    ...(spooled === 0
      ? []
      : [
          '',
          `${spooled} events of this machine wait for the agent; they are in the ledger once it answers.`,
        ]),
  ].join('\n');
}

const cellsOf = ({ name, last, running, waitsFor, nextMs }: JobView, { nowMs, zone }: FoundSchedule) => [
  name,
  running ? `since ${timeText(running.startedAtMs, zone)}` : last ? timeText(last.startedAtMs, zone) : '-',
  running ? durationText(nowMs - running.startedAtMs) : last ? durationText(last.tookMs) : '-',
  shortened(
    running ? running.said || 'runs' : last ? `${last.outcome}: ${last.said}` : 'never ran',
    maxCellWidth,
  ),
  waitsFor === undefined
    ? `${timeText(nextMs, zone)}, in ${durationText(nextMs - nowMs)}`
    : `now, but ${waitsFor}`,
];

// The whole of it is in `--json`.
const maxCellWidth = 48;
const maxLineWidth = 120;

const shortened = (text: string, width: number): string => {
  const line = text.replaceAll(/\s+/g, ' ');
  return line.length > width ? `${line.slice(0, width - 1)}…` : line;
};

function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/** `Mon 23 Nov 10:00:00`. */
function timeText(atMs: number, zone: string): string {
  const at = Temporal.Instant.fromEpochMilliseconds(atMs).toZonedDateTimeISO(zone);
  const date = at
    .toLocaleString('en-GB', { weekday: 'short', day: '2-digit', month: 'short' })
    .replace(',', '');
  return `${date} ${at.toPlainTime().toString({ smallestUnit: 'second' })}`;
}

/** `0.4 s`, `12 s`, `3 min 20 s`, `5 h 10 min`, `4 d 3 h`. */
export function durationText(ms: number): string {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const [days, hours, minutes, rest] = [
    Math.floor(seconds / 86_400),
    Math.floor(seconds / 3600) % 24,
    Math.floor(seconds / 60) % 60,
    Math.floor(seconds) % 60,
  ];
  if (days > 0) return `${days} d ${hours} h`;
  if (hours > 0) return `${hours} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min ${rest} s` : `${rest} s`;
}

/** One event in a sentence. */
export function eventText(event: Recorded): string {
  switch (event.kind) {
    case 'agent started':
      return `the agent started (build ${event.data.build})`;
    case 'agent stopped':
      return event.data.why;
    case 'job started':
      return `${event.data.job} began, by ${event.data.by}`;
    case 'job ended':
      return `${event.data.job}: ${event.data.outcome} after ${durationText(event.data.tookMs)}, ${event.data.said}`;
    case 'job missed':
      return `${event.data.job} was missed ${event.data.times} times: ${event.data.why}; it runs once now`;
    case 'backup made':
      return `${event.data.backup} backup ${event.data.label} made in ${durationText(event.data.tookMs)}`;
    case 'cut made':
      return `cut ${event.data.label} made, writes held for ${event.data.pausedMs} ms`;
    case 'drill ended':
      return `drill of ${event.data.cut}${event.data.isControl ? ' with a damaged copy' : ''}: ${event.data.verdict}`;
    case 'restore ended':
      return `restore to ${event.data.target}: ${event.data.outcome}, ${event.data.said}`;
    case 'command run':
      return `${event.data.who} ran "sla ${event.data.words.join(' ')}", status ${event.data.exitStatus}`;
    case 'guarantee gone':
      return `a confirmed commit may be lost with db from here on: ${event.data.why}`;
    case 'guarantee back':
      return `a confirmed commit is on docker too again: ${event.data.why}`;
    case 'ledger brought back':
      return `the ledger was brought back from ${event.data.from}, up to event ${event.data.sequence}`;
    case 'ledger copied':
      return `the ledger up to event ${event.data.sequence} is on ${event.data.to}`;
  }
}
