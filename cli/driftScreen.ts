import type { HostName } from '../core/application.ts';
import type { DriftRow } from '../provision/inventory/drift.ts';

export interface HostDrift {
  readonly host: HostName;
  /** When the delivered state was recorded. */
  readonly takenAt: string;
  readonly rows: readonly DriftRow[];
}

const maxCellWidth = 44;

/** A table for each host: what, and the three columns; `!` marks what is neither delivered nor declared. */
export const renderDrift = (hosts: readonly HostDrift[]): string => hosts.map(hostText).join('\n\n');

function hostText({ host, takenAt, rows }: HostDrift): string {
  const drift = rows.filter(({ isDrift }) => isDrift).length;
  const declared = rows.length - drift;
  const headline = [
    `${host}: ${drift === 0 ? 'no drift' : `${drift} neither delivered nor declared`}`,
    ...(declared === 0 ? [] : [`${declared} changed as declared`]),
    `delivered on ${takenAt}`,
  ].join(', ');
  if (rows.length === 0) return headline;
  const lines = [['', 'what', 'delivered', 'declared', 'found'], ...rows.map(cellsOf)];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return [
    headline,
    ...lines.map((cells) =>
      cells
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    ),
  ].join('\n');
}

const cellsOf = ({ section, item, delivered, declared, found, isDrift }: DriftRow): readonly string[] => [
  isDrift ? '!' : ' ',
  `${section} ${item}`,
  cellText(delivered),
  cellText(declared),
  cellText(found),
];

/** The whole of a value is in `--json`. */
function cellText(value: string | undefined): string {
  const short = shortValue(value);
  return short.length > maxCellWidth ? `${short.slice(0, maxCellWidth - 1)}…` : short;
}

/** Sums are told apart by their beginning. */
export const shortValue = (value: string | undefined): string =>
  (value ?? '-').replaceAll(/\b([0-9a-f]{12})[0-9a-f]{52}\b/g, '$1');
