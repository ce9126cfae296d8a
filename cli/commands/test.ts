import type { Command } from '../../core/command.ts';
import { errorCodes } from '../../core/errors.ts';
import type { Substrate } from '../../lab/substrate.ts';
import type { Tally } from '../check.ts';
import type { Context } from '../context.ts';
import { substrateFlag } from '../substrateFlag.ts';
import { runSuites, type SuiteName, suiteNames } from '../suites.ts';

export const test: Command<Context> = {
  name: 'test',
  summary: 'run the checks, the unit tests and the tests against real hosts',
  example: 'test unit',
  changesState: false,
  arguments: [
    {
      name: 'suite',
      description: 'unit (fast, no host) or lab; both without it',
      isOptional: true,
      choices: suiteNames,
    },
  ],
  flags: [substrateFlag('make the hosts of the lab tests of container (without it) or vm')],
  run: async (context, given) => {
    const only = given.arguments.suite as SuiteName | undefined;
    const substrate = (given.flags.substrate as Substrate | undefined) ?? 'container';
    const { tally, failures } = await runSuites(context, { only, substrate });
    const closing = `${tally.passed} passed, ${tally.failed} failed, ${tally.skipped} skipped`;
    return {
      result: { ...tally, failures },
      text: [...failures.map((failure) => `✗ ${failure}`), closing].join('\n'),
      exitStatus: exitStatusOf(tally),
    };
  },
};

/** No test at all is a failure too. */
const exitStatusOf = ({ passed, failed }: Tally): number =>
  failed > 0 || passed === 0 ? errorCodes['checks-failed'].exit : 0;
