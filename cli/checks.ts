import { runLocal } from '../core/local.ts';
import type { Check } from './check.ts';
import { importProblems } from './importRules.ts';
import { brokenLinks } from './links.ts';

/** What `npm run check` insists on. */
export const checks = (checkout: string): readonly Check[] => [
  { name: 'format and lint', run: () => complaint(checkout, ['biome', 'ci', '--colors=off', '.']) },
  { name: 'types', run: () => complaint(checkout, ['tsc', '--noEmit']) },
  { name: 'import direction and cycles', run: async () => joined(await importProblems(checkout)) },
  { name: 'links of the documentation', run: async () => joined(await brokenLinks(checkout)) },
  {
    name: 'reference pages are up to date',
    run: () => complaint(checkout, ['node', 'cli/reference.ts', '--check']),
  },
];

async function complaint(
  checkout: string,
  [program = '', ...words]: readonly string[],
): Promise<string | undefined> {
  const result = await runLocal([`${checkout}/node_modules/.bin/${program}`, ...words], { cwd: checkout });
  return result.exitCode === 0 ? undefined : `${result.stdout}${result.stderr}`;
}

const joined = (problems: readonly string[]): string | undefined =>
  problems.length === 0 ? undefined : problems.join('\n');
