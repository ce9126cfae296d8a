import type { ColumnOrderDifference, RowsDifference } from './certificate.ts';
import { totalOf } from './sums.ts';
import type { Bucket, Bucketing, Column, TableState } from './types.ts';

export interface TablesCompared {
  readonly differences: readonly (ColumnOrderDifference | RowsDifference)[];
  readonly notes: readonly string[];
}

/** Tables that are on one side only are facts, and named there. */
export function compareTables(before: readonly TableState[], after: readonly TableState[]): TablesCompared {
  const others = new Map(after.map((table) => [table.name, table]));
  const compared = before.flatMap((was) => {
    const is = others.get(was.name);
    return is ? [compareTable(was, is)] : [];
  });
  return {
    differences: compared.flatMap(({ differences }) => differences),
    notes: compared.flatMap(({ notes }) => notes),
  };
}

function compareTable(was: TableState, is: TableState): TablesCompared {
  const order = columnOrder(was, is);
  const [totalWas, totalIs] = [totalOf(was.buckets), totalOf(is.buckets)];
  if (totalWas.rows === totalIs.rows && totalWas.sum === totalIs.sum && hasSameBuckets(was, is)) {
    return { differences: order, notes: [] };
  }
  const rows = rowsDifference(was, is, totalWas.rows, totalIs.rows);
  if (sameColumns(was.columns, is.columns)) return { differences: [...order, rows], notes: [] };
  return {
    differences: totalWas.rows === totalIs.rows ? order : [...order, rows],
    notes: [`the content of ${was.name} was not compared: its columns differ`],
  };
}

/** Of the columns that both have: a column that is missing or new moves no other one. */
function columnOrder(was: TableState, is: TableState): readonly ColumnOrderDifference[] {
  const before = commonNames(was.columns, is.columns);
  const after = commonNames(is.columns, was.columns);
  return before.every((name, at) => name === after[at])
    ? []
    : [{ kind: 'column order', table: was.name, before, after }];
}

const commonNames = (of: readonly Column[], others: readonly Column[]): readonly string[] =>
  of.map(({ name }) => name).filter((name) => others.some((other) => other.name === name));

const sameColumns = (was: readonly Column[], is: readonly Column[]): boolean =>
  JSON.stringify(was) === JSON.stringify(is);

const sameBucketing = (was: Bucketing, is: Bucketing): boolean => JSON.stringify(was) === JSON.stringify(is);

/** Under different bucketings only the totals can be told apart. */
const hasSameBuckets = (was: TableState, is: TableState): boolean =>
  !sameBucketing(was.bucketing, is.bucketing) || differingBuckets(was.buckets, is.buckets).length === 0;

const rowsDifference = (
  was: TableState,
  is: TableState,
  rowsBefore: number,
  rowsAfter: number,
): RowsDifference => ({
  kind: 'rows',
  table: was.name,
  rowsBefore,
  rowsAfter,
  bucketing: was.bucketing,
  buckets: sameBucketing(was.bucketing, is.bucketing)
    ? differingBuckets(was.buckets, is.buckets)
    : Array.from({ length: was.bucketing.count }, (_, bucket) => bucket),
});

function differingBuckets(was: readonly Bucket[], is: readonly Bucket[]): readonly number[] {
  const [before, after] = [was, is].map(
    (buckets) => new Map(buckets.map(({ bucket, rows, sum }) => [bucket, `${rows} ${sum}`])),
  );
  const all = new Set([...(before?.keys() ?? []), ...(after?.keys() ?? [])]);
  return [...all].filter((bucket) => before?.get(bucket) !== after?.get(bucket)).sort((a, b) => a - b);
}
