import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { SlaError } from './errors.ts';
import { runLocal } from './local.ts';
import { labPath, readIfPresent, type StateFolder, writePrivate } from './state.ts';

/** One of the two roots, with all its variables: nothing is asked, nothing comes from the environment. */
export interface Root {
  readonly name: 'lab' | 'stack';
  readonly variables: Readonly<Record<string, unknown>>;
}

export interface Tool {
  readonly state: StateFolder;
  readonly lab: string;
  /** terraform or tofu. */
  readonly binary: string;
  readonly cliConfigFile: string;
}

export interface ChangeCounts {
  readonly add: number;
  readonly change: number;
  readonly remove: number;
}

/** What a plan would do: `text` as Terraform shows it, `isEmpty` when that is nothing. */
export interface Plan {
  readonly isEmpty: boolean;
  readonly text: string;
}

/** Plans without changing anything. Errors: `terraform-failed`, `terraform-locked`. */
export async function plan(tool: Tool, root: Root): Promise<Plan> {
  await initialise(tool, root);
  const result = await terraform(tool, root, [
    'plan',
    '-detailed-exitcode',
    '-lock=false',
    ...inputs(tool, root),
  ]);
  if (result.exitCode === 0 || result.exitCode === 2) {
    return { isEmpty: result.exitCode === 0, text: withoutRefreshing(result.stdout) };
  }
  throw failure(tool, root, 'plan', result.stderr || result.stdout);
}

const withoutRefreshing = (text: string): string =>
  text
    .split('\n')
    .filter((line) => !/: (Refreshing state|Reading|Read complete)/.test(line))
    .join('\n')
    .trim();

/** Makes the root true. `narrate` hears each finished resource. Errors as `plan`. */
export async function apply(tool: Tool, root: Root, narrate: (line: string) => void): Promise<ChangeCounts> {
  await initialise(tool, root);
  return changing(tool, root, 'apply', narrate);
}

/** Removes everything the root made, by the variables of its last apply; without such there is nothing to do. */
export async function destroy(
  tool: Tool,
  name: Root['name'],
  narrate: (line: string) => void,
): Promise<ChangeCounts> {
  const variables = lastVariables(tool, name);
  if (variables === undefined || !existsSync(statePath(tool, name))) return { add: 0, change: 0, remove: 0 };
  const root: Root = { name, variables };
  await initialise(tool, root);
  return changing(tool, root, 'destroy', narrate);
}

/** The variables of the last apply, or undefined before the first. */
export function lastVariables(
  tool: Pick<Tool, 'state' | 'lab'>,
  name: Root['name'],
): Readonly<Record<string, unknown>> | undefined {
  const text = readIfPresent(variablesPath(tool, name));
  return text === undefined ? undefined : JSON.parse(text);
}

export const statePath = (tool: Pick<Tool, 'state' | 'lab'>, root: Root['name']): string =>
  labPath(tool.state, tool.lab, `${root}.tfstate`);

async function changing(tool: Tool, root: Root, verb: 'apply' | 'destroy', narrate: (line: string) => void) {
  const seen: TerraformEvent[] = [];
  const result = await terraform(
    tool,
    root,
    [verb, '-auto-approve', '-json', ...locking, ...inputs(tool, root)],
    (line) => {
      const event = parseEvent(line);
      if (!event) return;
      seen.push(event);
      const done = doneMessage(event['@message']);
      if (done !== undefined) narrate(done);
    },
  );
  if (result.exitCode === 0) return countsOf(seen);
  throw failure(tool, root, verb, diagnosticsOf(seen) || result.stderr || result.stdout);
}

const rootPath = (tool: Tool, { name }: Root): string => join(tool.state.checkout, 'terraform', name);

/** `terraform init`, left out when the folder of this lab is newer than every source of the root. */
async function initialise(tool: Tool, which: Root): Promise<void> {
  const stamp = join(dataPath(tool, which), 'initialised');
  mkdirSync(labPath(tool.state, tool.lab), { recursive: true, mode: 0o700 });
  if (
    isNewer(stamp, [
      rootPath(tool, which),
      join(tool.state.checkout, 'terraform', 'modules'),
      tool.cliConfigFile,
    ])
  )
    return;
  // The lock file pins hashes of whichever source the providers came from last time.
  rmSync(join(rootPath(tool, which), '.terraform.lock.hcl'), { force: true });
  const result = await terraform(tool, which, [
    'init',
    '-input=false',
    '-no-color',
    '-reconfigure',
    `-backend-config=path=${statePath(tool, which.name)}`,
  ]);
  if (result.exitCode !== 0) throw failure(tool, which, 'init', result.stderr || result.stdout);
  writePrivate(stamp, '');
}

function isNewer(stamp: string, sources: readonly string[]): boolean {
  if (!existsSync(stamp)) return false;
  const at = statSync(stamp).mtimeMs;
  return sources.flatMap(filesBelow).every((file) => statSync(file).mtimeMs <= at);
}

function filesBelow(path: string): readonly string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== '.terraform.lock.hcl')
    .map((entry) => join(entry.parentPath, entry.name));
}

const variablesPath = (tool: Pick<Tool, 'state' | 'lab'>, name: Root['name']): string =>
  labPath(tool.state, tool.lab, `${name}.tfvars.json`);

const dataPath = (tool: Tool, { name }: Root): string => labPath(tool.state, tool.lab, `terraform-${name}`);

// A lock that a living Terraform holds is worth a wait: one that was interrupted is just saving its state.
const locking = ['-lock-timeout=20s'];

function inputs(tool: Tool, which: Root): readonly string[] {
  const file = variablesPath(tool, which.name);
  writePrivate(file, `${JSON.stringify(which.variables, null, 2)}\n`);
  return ['-input=false', '-no-color', `-var-file=${file}`];
}

const terraform = (tool: Tool, which: Root, words: readonly string[], onLine?: (line: string) => void) =>
  runLocal([tool.binary, `-chdir=${rootPath(tool, which)}`, ...words], {
    env: {
      TF_CLI_CONFIG_FILE: tool.cliConfigFile,
      TF_DATA_DIR: dataPath(tool, which),
      TF_IN_AUTOMATION: '1',
      CHECKPOINT_DISABLE: '1',
    },
    ...(onLine === undefined ? {} : { onLine }),
  });

const terraformEvent = z.looseObject({
  type: z.string(),
  '@message': z.string(),
  changes: z.object({ add: z.number(), change: z.number(), remove: z.number() }).optional(),
  diagnostic: z
    .object({ severity: z.string(), summary: z.string(), detail: z.string().default('') })
    .optional(),
});
type TerraformEvent = z.output<typeof terraformEvent>;

function parseEvent(line: string): TerraformEvent | undefined {
  if (!line.startsWith('{')) return undefined;
  const parsed = terraformEvent.safeParse(JSON.parse(line));
  return parsed.success ? parsed.data : undefined;
}

/** `module.host["db"].docker_container.host created`, of Terraform's own words with ids and all. */
export function doneMessage(message: string): string | undefined {
  const [, address, verb = ''] =
    /^(\S+): (Creation|Destruction|Modifications) complete after/.exec(message) ?? [];
  const done = { Creation: 'created', Destruction: 'removed', Modifications: 'changed' }[verb];
  return address === undefined || done === undefined ? undefined : `${address} ${done}`;
}

function countsOf(events: readonly TerraformEvent[]): ChangeCounts {
  const summary = events.findLast((event) => event.type === 'change_summary');
  return summary?.changes ?? { add: 0, change: 0, remove: 0 };
}

const diagnosticsOf = (events: readonly TerraformEvent[]): string =>
  events
    .flatMap(({ diagnostic }) =>
      diagnostic?.severity === 'error' ? [`${diagnostic.summary}\n${diagnostic.detail}`] : [],
    )
    .join('\n');

function failure(tool: Tool, which: Root, verb: string, output: string): SlaError {
  const what = `terraform ${verb} of terraform/${which.name} for lab ${tool.lab}`;
  if (output.includes('Error acquiring the state lock')) {
    return new SlaError('terraform-locked', `${what} finds its state locked`, { cause: output.trim() });
  }
  return new SlaError('terraform-failed', `${what} failed`, {
    cause: output.trim(),
    remedy: `mend what the cause names and run the same command again: it goes on from where it stopped`,
  });
}
