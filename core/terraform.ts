import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { runLocal } from './local.ts';
import type { Argv } from './shell.ts';
import { labPath, readIfPresent, type StateFolder, writePrivate } from './state.ts';
import { terraformEnvironment } from './terraformEnvironment.ts';
import {
  type Attempt,
  type ChangeCounts,
  countsOf,
  diagnosticsOf,
  doneMessage,
  failure,
  parseEvent,
  type TerraformEvent,
} from './terraformOutput.ts';

export type { ChangeCounts } from './terraformOutput.ts';

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
    ...inputs(tool, root, 'plan'),
  ]);
  if (result.exitCode === 0 || result.exitCode === 2) {
    return { isEmpty: result.exitCode === 0, text: withoutRefreshing(result.stdout) };
  }
  throw failure(attemptOf(tool, root, 'plan'), result.stderr || result.stdout);
}

const withoutRefreshing = (text: string): string =>
  text
    .split('\n')
    .filter((line) => !/: (Refreshing state|Reading|Read complete)/.test(line))
    .join('\n')
    .trim();

/** The part of a root that an apply is about, by Terraform's addresses. */
export interface Part {
  /** With what they need; nothing else is looked at. */
  readonly targets: readonly string[];
  /** Made anew although nothing about them has changed; what is missing is made in any case. */
  readonly replace: readonly string[];
}

/** Makes the root, or a part of it, true. `narrate` hears each finished resource. Errors as `plan`. */
export async function apply(
  tool: Tool,
  root: Root,
  narrate: (line: string) => void,
  part: Part = { targets: [], replace: [] },
): Promise<ChangeCounts> {
  await initialise(tool, root);
  return changing(tool, root, 'apply', narrate, [
    ...part.targets.map((address) => `-target=${address}`),
    ...part.replace.map((address) => `-replace=${address}`),
  ]);
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

async function changing(
  tool: Tool,
  root: Root,
  verb: 'apply' | 'destroy',
  narrate: (line: string) => void,
  limits: readonly string[] = [],
): Promise<ChangeCounts> {
  const seen: TerraformEvent[] = [];
  const result = await terraform(
    tool,
    root,
    [verb, '-auto-approve', '-json', ...locking, ...limits, ...inputs(tool, root, verb)],
    (line) => {
      const event = parseEvent(line);
      if (!event) return;
      seen.push(event);
      const done = doneMessage(event['@message']);
      if (done !== undefined) narrate(done);
    },
  );
  if (result.exitCode === 0) return countsOf(seen);
  throw failure(attemptOf(tool, root, verb), diagnosticsOf(seen) || result.stderr || result.stdout);
}

const rootPath = (tool: Tool, root: Root): string => join(tool.state.checkout, 'terraform', folderOf(root));

/**
 * The folder of a root. Virtual machines have one of their own: Terraform installs every provider that a root
 * mentions, and a lab of containers has no use for libvirt.
 */
const folderOf = ({ name, variables }: Root): string =>
  name === 'lab' && variables.substrate === 'vm' ? 'lab-vm' : name;

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
  if (result.exitCode !== 0) throw failure(attemptOf(tool, which, 'init'), result.stderr || result.stdout);
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

const planVariablesPath = (tool: Tool, name: Root['name']): string =>
  labPath(tool.state, tool.lab, `${name}.plan.tfvars.json`);

const variablesPath = (tool: Pick<Tool, 'state' | 'lab'>, name: Root['name']): string =>
  labPath(tool.state, tool.lab, `${name}.tfvars.json`);

const dataPath = (tool: Tool, root: Root): string =>
  labPath(tool.state, tool.lab, `terraform-${folderOf(root)}`);

// A lock that a living Terraform holds is worth a wait: one that was interrupted is just saving its state.
const locking = ['-lock-timeout=20s'];

/** A plan leaves the variables of the last apply alone: they tell what the lab was made with. */
function inputs(tool: Tool, which: Root, verb: 'plan' | 'apply' | 'destroy'): readonly string[] {
  const file = verb === 'plan' ? planVariablesPath(tool, which.name) : variablesPath(tool, which.name);
  writePrivate(file, `${JSON.stringify(which.variables, null, 2)}\n`);
  return ['-input=false', '-no-color', `-var-file=${file}`];
}

// When we are killed, Terraform stops by itself and ends its providers, unless what it prints meets a closed
// pipe: that ends it at once, and its providers stay for good. So somebody goes on reading.
const drain = (stream: 1 | 2) => `${stream}> >(trap "" INT PIPE; cat >&${stream}; exec cat >/dev/null)`;
const drained: Argv = ['bash', '-c', `exec "$@" ${drain(2)} ${drain(1)}`, 'terraform'];

const terraform = (tool: Tool, which: Root, words: readonly string[], onLine?: (line: string) => void) =>
  runLocal([...drained, tool.binary, `-chdir=${rootPath(tool, which)}`, ...words], {
    env: terraformEnvironment(tool.cliConfigFile, dataPath(tool, which)),
    ...(onLine === undefined ? {} : { onLine }),
  });

const attemptOf = ({ lab }: Tool, { name }: Root, verb: string): Attempt => ({ lab, root: name, verb });
