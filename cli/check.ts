export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export interface SuiteReport {
  readonly tally: Tally;
  /** Names of what failed. */
  readonly failures: readonly string[];
}

/** One thing that holds or not; `run` gives what is wrong with it, or undefined. */
export interface Check {
  readonly name: string;
  run(): Promise<string | undefined>;
}

export async function runChecks(
  list: readonly Check[],
  narrate: (line: string) => void,
): Promise<SuiteReport> {
  const failures: string[] = [];
  for (const { name, run } of list) {
    const trouble = await run();
    narrate(trouble === undefined ? `✓ ${name}` : `✗ ${name}\n${trouble}`);
    if (trouble !== undefined) failures.push(name);
  }
  return { tally: { passed: list.length - failures.length, failed: failures.length, skipped: 0 }, failures };
}
