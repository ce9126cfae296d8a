import type { Host, RemoteResult } from '../core/host.ts';
import { type Argv, quoteArgv } from '../core/shell.ts';

export interface Change {
  readonly what: string;
  readonly run: Argv;
}

/**
 * One property of a host. `read` is the command that shows it and never writes; `diff` is pure, and an empty
 * list means that the host has the property.
 */
export interface Step {
  readonly name: string;
  readonly read: Argv;
  diff(read: RemoteResult): readonly Change[];
}

/** What a step would do, or did, on a host. */
export interface StepPlan {
  readonly step: string;
  readonly changes: readonly Change[];
}

/** The diffs of all steps, read in one round trip. Steps must not depend on each other's changes. */
export async function planSteps(host: Host, steps: readonly Step[]): Promise<readonly StepPlan[]> {
  const results = await readAll(
    host,
    steps.map((step) => step.read),
  );
  return steps.map((step, index) => {
    const result = results[index];
    if (!result) throw new Error(`no answer for the step "${step.name}" on ${host.name}`);
    return { step: step.name, changes: step.diff(result) };
  });
}

/** The only function that changes a host. Gives the plans that had changes. */
export async function applySteps(host: Host, steps: readonly Step[]): Promise<readonly StepPlan[]> {
  const plans = (await planSteps(host, steps)).filter(({ changes }) => changes.length > 0);
  for (const { changes } of plans) for (const change of changes) await host.exec(change.run);
  return plans;
}

// Runs its arguments, each a command line, and prints status and output of each, ended by NUL.
const readScript =
  'for line in "$@"; do output=$(sh -c "$line" 2>&1); printf "%s\\n%s\\0" "$?" "$output"; done';

async function readAll(host: Host, commands: readonly Argv[]): Promise<readonly RemoteResult[]> {
  const { stdout } = await host.exec(['sh', '-c', readScript, 'sh', ...commands.map(quoteArgv)]);
  return stdout
    .split('\0')
    .slice(0, -1)
    .map((answer) => {
      const end = answer.indexOf('\n');
      return { exitCode: Number(answer.slice(0, end)), stdout: answer.slice(end + 1), stderr: '' };
    });
}
