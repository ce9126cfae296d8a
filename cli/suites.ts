import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { runLocal } from '../core/local.ts';
import type { Substrate } from '../lab/substrate.ts';
import { runChecks, type SuiteReport } from './check.ts';
import { checks } from './checks.ts';
import type { Context } from './context.ts';
import { terraformChecks } from './terraformChecks.ts';

export const suiteNames = ['unit', 'lab'] as const;
export type SuiteName = (typeof suiteNames)[number];

export interface SuiteChoice {
  /** Without it: checks, Terraform's own tests, unit tests, lab tests. */
  readonly only: SuiteName | undefined;
  /** What the hosts of the lab tests are made of. */
  readonly substrate: Substrate;
}

export async function runSuites(context: Context, { only, substrate }: SuiteChoice): Promise<SuiteReport> {
  const reports: SuiteReport[] = [];
  if (only === undefined) {
    reports.push(await runChecks(checks(context.state.checkout), context.narrate));
    reports.push(await runChecks(await terraformChecks(context), context.narrate));
  }
  for (const suite of suiteNames.filter((name) => only === undefined || name === only)) {
    reports.push(await runVitest(context, suite, substrate));
  }
  return total(reports);
}

const vitestReport = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  numTodoTests: z.number(),
  success: z.boolean(),
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string().default(''),
      assertionResults: z.array(z.object({ fullName: z.string(), status: z.string() })),
    }),
  ),
});

// A run that hangs is a failure with a name, not a wait for whoever started it.
const maxMinutes = ({ suite, substrate }: { suite: SuiteName; substrate: Substrate }): number =>
  suite === 'unit' ? 5 : { container: 60, vm: 240 }[substrate];

async function runVitest(
  { state, narrate }: Context,
  project: SuiteName,
  substrate: Substrate,
): Promise<SuiteReport> {
  const folder = mkdtempSync(join(tmpdir(), 'sla-test-'));
  const file = join(folder, 'report.json');
  try {
    const vitest = join(state.checkout, 'node_modules/vitest/vitest.mjs');
    await runLocal(
      [
        'timeout',
        '--kill-after=10',
        `${maxMinutes({ suite: project, substrate })}m`,
        process.execPath,
        vitest,
        'run',
        '--project',
        project,
        '--reporter=default',
        '--reporter=json',
        `--outputFile.json=${file}`,
      ],
      { cwd: state.checkout, onLine: narrate, env: { SLA_TEST_SUBSTRATE: substrate } },
    );
    return reportOf(project, readFileSync(file, 'utf8'));
  } catch (thrown) {
    return {
      tally: { passed: 0, failed: 1, skipped: 0 },
      failures: [`vitest ${project} ended without a report: ${thrown}`],
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A file that cannot even be loaded has no test that failed, and must count all the same. */
export function reportOf(project: SuiteName, json: string): SuiteReport {
  const report = vitestReport.parse(JSON.parse(json));
  const failedTests = report.testResults.flatMap(({ name, assertionResults }) =>
    assertionResults.flatMap(({ fullName, status }) => (status === 'failed' ? [`${name}: ${fullName}`] : [])),
  );
  const brokenFiles = report.testResults.flatMap(({ name, status, message, assertionResults }) =>
    status === 'failed' && !assertionResults.some((test) => test.status === 'failed')
      ? [`${name}: ${message}`]
      : [],
  );
  const failures = [...failedTests, ...brokenFiles];
  if (failures.length === 0 && !report.success)
    failures.push(`vitest ${project} failed outside of its tests`);
  return {
    tally: {
      passed: report.numPassedTests,
      failed: failures.length,
      skipped: report.numPendingTests + report.numTodoTests,
    },
    failures,
  };
}

const total = (reports: readonly SuiteReport[]): SuiteReport => ({
  tally: {
    passed: reports.reduce((sum, { tally }) => sum + tally.passed, 0),
    failed: reports.reduce((sum, { tally }) => sum + tally.failed, 0),
    skipped: reports.reduce((sum, { tally }) => sum + tally.skipped, 0),
  },
  failures: reports.flatMap(({ failures }) => failures),
});
