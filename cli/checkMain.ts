import { errorCodes } from '../core/errors.ts';
import { checkoutPath } from '../core/state.ts';
import { runChecks } from './check.ts';
import { checks } from './checks.ts';

const { tally } = await runChecks(checks(checkoutPath), (line) => process.stdout.write(`${line}\n`));
process.exitCode = tally.failed === 0 ? 0 : errorCodes['checks-failed'].exit;
