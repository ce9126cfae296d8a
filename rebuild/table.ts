/** One stage that was run, or was done before. */
export interface StageTime {
  readonly stage: string;
  /** Undefined: an earlier run did it. */
  readonly seconds: number | undefined;
}

/** The stages with their times, one line each, and their sum. */
export function renderTimes(times: readonly StageTime[]): string {
  const total = times.reduce((sum, { seconds }) => sum + (seconds ?? 0), 0);
  const rows = [...times, { stage: 'together', seconds: total }];
  const width = Math.max(...rows.map(({ stage }) => stage.length));
  return rows.map(({ stage, seconds }) => `  ${stage.padEnd(width)}  ${amount(seconds)}`).join('\n');
}

const amount = (seconds: number | undefined): string =>
  seconds === undefined ? 'done before' : `${seconds.toFixed(1).padStart(6)} s`;
