import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { SlaError } from './errors.ts';
import { runLocal } from './local.ts';
import type { Argv } from './shell.ts';
import { labPath, readIfPresent, type StateFolder, writePrivate } from './state.ts';
import { terraformEnvironment } from './terraformEnvironment.ts';

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
    ...inputs(tool, root, 'plan'),
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
  throw failure(tool, root, verb, diagnosticsOf(seen) || result.stderr || result.stdout);
}

const rootPath = (tool: Tool, root: Root): string => join(tool.state.checkout, 'terraform', folderOf(root));

/**
 * The folder of a root. Virtual machines have one of their own: Terraform installs every provider that a root
 * mentions, and a lab of containers has no use for libvirt.
 */
export const folderOf = ({ name, variables }: Root): string =>
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
  try {
    const parsed = terraformEvent.safeParse(JSON.parse(line));
    return parsed.success ? parsed.data : undefined;
  } catch {
    // A crash, and what a provider prints, are plain text.
    return undefined;
  }
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
  const port = takenPort(output);
  if (port !== undefined) return portTaken(tool, which, port, output);
  return new SlaError('terraform-failed', `${what} failed`, {
    cause: output.trim(),
    remedy: `mend what the cause names and run the same command again: it goes on from where it stopped`,
  });
}

/** The port that an engine could not publish, as it says it with and without its proxy. */
export const takenPort = (output: string): string | undefined =>
  /:(\d+)(?:: bind: address already in use| failed: port is already allocated)/.exec(output)?.[1];

function portTaken({ lab }: Tool, { name }: Root, port: string, output: string): SlaError {
  const place = name === 'lab' ? 'this machine' : `the docker host of lab ${lab}`;
  const look = `ss -ltnp sport = :${port}`;
  return new SlaError('port-taken', `port ${port} of ${place} is in use`, {
    cause: output.trim(),
    remedy:
      name === 'lab'
        ? `see who listens there with "${look}" and end it, or publish another port: lab.hosts.*.publishedPorts in sla.config.ts`
        : `see who listens there with "./sla ssh docker ${look}" and end it, or set another port for the monitoring in sla.config.ts`,
  });
}
