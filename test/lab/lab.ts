import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { nouns } from '../../cli/commands.ts';
import type { HostName } from '../../core/application.ts';
import type { Host } from '../../core/host.ts';
import { openHost } from '../../core/ssh.ts';
import { checkoutPath, readIfPresent } from '../../core/state.ts';
import { openEngine } from '../../lab/adapters/engine.ts';
import { labConfig } from '../../lab/config.ts';
import { addressOf, labHosts } from '../../lab/hosts.ts';
import { overlaps, parseSubnet } from '../../lab/subnet.ts';
import type { Substrate } from '../../lab/substrate.ts';

/** What the hosts of the tests are made of: `./sla test lab --substrate vm` sets it. */
export const testSubstrate: Substrate = process.env.SLA_TEST_SUBSTRATE === 'vm' ? 'vm' : 'container';

/** How much longer the same takes under emulation. */
const patience = testSubstrate === 'vm' ? 10 : 1;

/** Tests that name containers: of virtual machines they would say nothing. */
export const describeContainers = describe.skipIf(testSubstrate === 'vm');

/** A lab for the tests, beside a user's: own name, network, state folder and configuration. */
export interface TestLab {
  readonly name: string;
  readonly subnet: string;
  readonly stateDir: string;
  readonly configFile: string;
  /** The process of the test run. */
  readonly pid: number;
}

const folderIn = (checkout: string): string => join(checkout, '.sla', 'test');
const folder = folderIn(checkoutPath);

/** The lab that the whole run shares; its name tells the checkout, so that two checkouts never meet. */
export const testLab = (): TestLab => JSON.parse(readIfPresent(join(folder, 'lab.json')) ?? 'null');

/** Whether the tests of a checkout are running now. */
export function isTesting(checkout: string): boolean {
  const lab = JSON.parse(readIfPresent(join(folderIn(checkout), 'lab.json')) ?? 'null') as TestLab | null;
  return lab !== null && (readIfPresent(`/proc/${lab.pid}/cmdline`) ?? '').includes('vitest');
}

export const testLabName = (): string =>
  `test-${createHash('sha256').update(checkoutPath).digest('hex').slice(0, 6)}`;

export function writeTestLab(subnet: string): TestLab {
  const lab: TestLab = {
    name: testLabName(),
    subnet,
    stateDir: join(folder, 'state'),
    configFile: join(folder, 'sla.config.ts'),
    pid: process.pid,
  };
  writeConfig(lab, smallLab(lab));
  writeFileSync(join(folder, 'lab.json'), JSON.stringify(lab));
  return lab;
}

/** A second lab with a state of its own; whoever brings it up takes it down. `settings` is merged into the sizes. */
export async function secondLab(
  suffix: string,
  settings: Readonly<Record<string, unknown>> = {},
): Promise<TestLab> {
  const lab: TestLab = {
    name: `${testLabName()}-${suffix}`,
    subnet: await freeSubnet(),
    stateDir: join(folder, suffix),
    configFile: join(folder, suffix, 'sla.config.ts'),
    pid: process.pid,
  };
  rmSync(lab.stateDir, { recursive: true, force: true });
  const { lab: small } = smallLab(lab);
  writeConfig(lab, { lab: { ...small, ...settings } });
  return lab;
}

/** Brings up a lab of a test file's own before its tests, and takes it down after them. */
export function ownLabOf(suffix: string, ...upFlags: readonly string[]): () => TestLab {
  let made: TestLab;
  beforeAll(async () => {
    made = await secondLab(suffix);
    await slaOk(made, ['up', ...upFlags]);
  });
  afterAll(async () => {
    await slaOk(made, ['down']);
  });
  return () => made;
}

const more = testSubstrate === 'vm' ? 2 : 0;

/** Small disks, so that a full one fills quickly. */
const smallLab = ({ name, subnet }: TestLab) => ({
  lab: {
    name,
    subnet,
    substrate: testSubstrate,
    // The disk of a machine also holds its system.
    hosts: { app: { diskGb: 3 + more }, db: { diskGb: 2 + more }, docker: { diskGb: 3 + more } },
  },
});

/** Writes the configuration of a lab, right or wrong. */
export function writeConfig({ configFile }: Pick<TestLab, 'configFile'>, config: unknown): void {
  mkdirSync(join(configFile, '..'), { recursive: true });
  writeFileSync(configFile, `export default ${JSON.stringify(config)};\n`);
}

/** The first network of 10.78 that nothing on this machine uses. */
export async function freeSubnet(): Promise<string> {
  const taken = (await openEngine().networks()).flatMap(({ subnets }) => subnets.map(parseSubnet));
  for (let third = 0; third < 250; third += 1) {
    const candidate = `10.78.${third}.0/24`;
    const wanted = parseSubnet(candidate);
    if (wanted && !taken.some((other) => other && overlaps(wanted, other))) return candidate;
  }
  throw new Error('no free network in 10.78.0.0/16 for a lab of the tests');
}

export interface Ran {
  readonly exitStatus: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A running `sla`, to be signalled. */
export interface Running {
  readonly pid: number;
  kill(signal: NodeJS.Signals): void;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** A program and its arguments that run `sla` in their place, such as `nsenter`. */
  readonly under?: readonly string[];
  /** Called with the child right after its start, to signal it. */
  readonly onStart?: (child: Running) => void;
  /** Called with each piece of stderr. */
  readonly onStderr?: (text: string, child: Running) => void;
}

/** Runs `sla` as a person would, against a lab of the tests. */
export function sla(lab: TestLab, words: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const main = [process.execPath, join(checkoutPath, 'cli/main.ts')];
  const [program = '', ...argv] = [
    ...(options.under ?? []),
    ...main,
    ...withFlags(words, '--config', lab.configFile),
  ];
  const child = spawn(program, argv, {
    cwd: checkoutPath,
    env: { ...process.env, SLA_STATE_DIR: lab.stateDir, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const handle = { pid: child.pid ?? 0, kill: (signal: NodeJS.Signals) => void child.kill(signal) };
  options.onStart?.(handle);
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
    options.onStderr?.(String(chunk), handle);
  });
  const { promise, resolve, reject } = Promise.withResolvers<Ran>();
  child.on('error', reject);
  child.on('close', (code) => resolve({ exitStatus: code ?? 255, stdout, stderr }));
  return promise;
}

/** Flags right behind the command, whose name may be of two words: what follows may belong to a remote command. */
function withFlags(words: readonly string[], ...flags: readonly string[]): readonly string[] {
  const size = (words[0] ?? '') in nouns ? 2 : 1;
  return [...words.slice(0, size), ...flags, ...words.slice(size)];
}

/** Runs a command that must succeed. */
export async function slaOk(lab: TestLab, words: readonly string[], options?: RunOptions): Promise<Ran> {
  const ran = await sla(lab, words, options);
  if (ran.exitStatus !== 0)
    throw new Error(`sla ${words.join(' ')} ended with ${ran.exitStatus}\n${ran.stdout}${ran.stderr}`);
  return ran;
}

/** Runs a command that must succeed, and gives its `--json` result. */
export async function slaJson<T>(lab: TestLab, words: readonly string[], options?: RunOptions): Promise<T> {
  return JSON.parse((await slaOk(lab, withFlags(words, '--json'), options)).stdout) as T;
}

/** A failure as `--json` tells it, with the exit status. */
export interface Failure {
  readonly exitStatus: number;
  readonly code: string;
  readonly message: string;
  readonly cause?: string;
  readonly remedy: string;
  readonly runbook: string;
}

/** Runs a command that must fail with an error of the table, and gives that error. */
export async function slaFailure(
  lab: TestLab,
  words: readonly string[],
  options?: RunOptions,
): Promise<Failure> {
  const { exitStatus, stdout, stderr } = await sla(lab, withFlags(words, '--json'), options);
  if (exitStatus === 0) throw new Error(`sla ${words.join(' ')} succeeded\n${stdout}${stderr}`);
  const { error } = JSON.parse(stdout || '{}') as { error?: Omit<Failure, 'exitStatus'> };
  if (!error) throw new Error(`sla ${words.join(' ')} failed without an error\n${stdout}${stderr}`);
  return { exitStatus, ...error };
}

export interface LabStatus {
  readonly hosts: readonly {
    readonly name: string;
    readonly reachable: boolean;
    readonly reason?: string;
    readonly code?: string;
  }[];
  readonly components: readonly {
    readonly name: string;
    readonly up: boolean;
    readonly reason?: string;
    readonly affects?: readonly string[];
  }[];
  readonly monitoring: { readonly prometheus: { readonly up: boolean } };
  readonly urls: Readonly<Record<'vote' | 'result' | 'prometheus', string>>;
  readonly mailbox: { readonly address: string; readonly smtpPort: number };
}

export const statusOf = (lab: TestLab): Promise<LabStatus> => slaJson<LabStatus>(lab, ['status']);

/** Names of what a status shows as down, hosts first. */
export const downIn = ({ hosts, components, monitoring }: LabStatus): readonly string[] => [
  ...hosts.filter(({ reachable }) => !reachable).map(({ name }) => name),
  ...components.filter(({ up }) => !up).map(({ name }) => name),
  ...(monitoring.prometheus.up ? [] : ['prometheus']),
];

/** What a test broke: `up` mends it, and status says so. */
export async function mend(lab: TestLab, ...flags: readonly string[]): Promise<void> {
  await slaOk(lab, ['up', ...flags]);
  await expectAllUp(lab);
}

export async function expectAllUp(lab: TestLab): Promise<void> {
  expect(downIn(await statusOf(lab))).toEqual([]);
}

/** The answer of `ask` as soon as it is one; it must come within half a minute, or five under emulation. */
export async function eventually<T>(what: string, ask: () => Promise<T | undefined>): Promise<T> {
  const deadline = performance.now() + 30_000 * patience;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > deadline) throw new Error(`after ${30 * patience} s still not: ${what}`);
    await sleep(200);
  }
}

/** The address of a host of a lab of the tests. */
export const placeOf = (lab: TestLab, name: HostName): string =>
  addressOf(labConfig.parse({ name: lab.name, subnet: lab.subnet }), name);

/** An SSH session to a host of a lab of the tests. */
export function hostOf(lab: TestLab, name: HostName): Promise<Host> {
  const address = labHosts(labConfig.parse({ name: lab.name, subnet: lab.subnet })).find(
    (host) => host.name === name,
  );
  if (!address) throw new Error(`no host ${name}`);
  return openHost(address, {
    keyFile: join(lab.stateDir, 'keys/operator'),
    knownHosts: readIfPresent(join(lab.stateDir, 'known_hosts')) ?? '',
    connectTimeoutMs: 5000 * patience,
  });
}

/** Runs one command on a host that must succeed; its trimmed output. */
export async function onHost(lab: TestLab, name: HostName, ...argv: readonly string[]): Promise<string> {
  const host = await hostOf(lab, name);
  try {
    return (await host.exec(argv)).stdout.trim();
  } finally {
    host.close();
  }
}

/** Runs a program of this machine; its trimmed output. */
export const run = (program: string, ...words: readonly string[]): string =>
  execFileSync(program, [...words], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();

/** Runs the docker program of this machine; its trimmed output. */
export const docker = (...words: readonly string[]): string => run('docker', ...words);
