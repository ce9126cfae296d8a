import { summaryOf } from './statistics.ts';

export type Unit = 'seconds' | 'mebibytes';

/** One row of the table: what was measured, and every value of it. */
export interface Row {
  readonly what: string;
  readonly unit: Unit;
  readonly values: readonly number[];
  /** What is promised; undefined when nothing is. */
  readonly atMost?: number | undefined;
}

/** A Markdown table with one line per row; a row without values says that it was not measured. */
export function renderTable(rows: readonly Row[]): string {
  const cells = [['what', 'at most', 'median', 'min', 'max', 'runs'], ...rows.map(cellsOf)];
  const widths =
    cells[0]?.map((_, column) => Math.max(...cells.map((line) => [...(line[column] ?? '')].length))) ?? [];
  const lines = cells.map((line) => lineOf(line.map((cell, column) => cell.padEnd(widths[column] ?? 0))));
  return [lines[0], lineOf(widths.map((width) => '-'.repeat(width))), ...lines.slice(1)].join('\n');
}

const lineOf = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

function cellsOf({ what, unit, values, atMost }: Row): readonly string[] {
  const promise = atMost === undefined ? '' : amount(atMost, unit);
  if (values.length === 0) return [what, promise, 'not measured', '', '', '0'];
  const { median, min, max } = summaryOf(values);
  return [what, promise, ...[median, min, max].map((value) => amount(value, unit)), String(values.length)];
}

/** Seconds with as many digits as their size is worth; memory in MiB. */
function amount(value: number, unit: Unit): string {
  if (unit === 'mebibytes') return `${Math.round(value)} MiB`;
  if (value >= 60) return `${Math.floor(value / 60)} min ${Math.round(value % 60)} s`;
  return `${value.toFixed(value < 10 ? 2 : 1)} s`;
}
