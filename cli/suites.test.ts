import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkoutPath } from '../core/state.ts';
import { runChecks } from './check.ts';
import { reportOf } from './suites.ts';

/** What vitest wrote for one good file, one that cannot be loaded, and one whose set-up failed. */
const captured = readFileSync(join(checkoutPath, 'test/fixtures/vitest-report.json'), 'utf8');

const changed = (changes: object): string => JSON.stringify({ ...JSON.parse(captured), ...changes });

test('a file that cannot be loaded, and one whose set-up fails, count as failures beside failed tests', () => {
  expect(reportOf('unit', captured)).toEqual({
    tally: { passed: 1, failed: 3, skipped: 3 },
    failures: [
      '/checkout/good.test.ts: a sum of two and two is five',
      "/checkout/broken.test.ts: Cannot find module './absent.ts' imported from /checkout/broken.test.ts",
      '/checkout/hook.test.ts: no database',
    ],
  });
});

test('a run that failed although each test passed is a failure', () => {
  const json = changed({ testResults: [], numPassedTests: 4, success: false });
  expect(reportOf('lab', json)).toMatchObject({
    tally: { passed: 4, failed: 1 },
    failures: ['vitest lab failed outside of its tests'],
  });
});

test('a run in which all is well has no failure', () => {
  const json = changed({
    testResults: [],
    numPassedTests: 4,
    numPendingTests: 0,
    numTodoTests: 0,
    success: true,
  });
  expect(reportOf('unit', json)).toEqual({ tally: { passed: 4, failed: 0, skipped: 0 }, failures: [] });
});

test('all checks are run, and each is told as it ends', async () => {
  const said: string[] = [];
  const list = [
    { name: 'types', run: async () => 'x is not a number' },
    { name: 'links', run: async () => undefined },
  ];
  expect(await runChecks(list, (line) => said.push(line))).toEqual({
    tally: { passed: 1, failed: 1, skipped: 0 },
    failures: ['types'],
  });
  expect(said).toEqual(['✗ types\nx is not a number', '✓ links']);
});
