import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HostName } from '../../core/application.ts';
import type { Host } from '../../core/host.ts';
import { openHost } from '../../core/ssh.ts';
import { checkoutPath, readIfPresent } from '../../core/state.ts';
import { labConfig } from '../../lab/config.ts';
import { labHosts } from '../../lab/hosts.ts';

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
  mkdirSync(folder, { recursive: true });
  writeFileSync(lab.configFile, configOf(lab));
  writeFileSync(join(folder, 'lab.json'), JSON.stringify(lab));
  return lab;
}

/** Small disks, so that a full one fills quickly. */
const configOf = ({ name, subnet }: TestLab): string =>
  `export default ${JSON.stringify({
    lab: {
      name,
      subnet,
      hosts: { app: { diskGb: 3 }, db: { diskGb: 2 }, docker: { diskGb: 3 } },
    },
  })};\n`;

export interface Ran {
  readonly exitStatus: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Called with the child right after its start, to signal it. */
  readonly onStart?: (child: { readonly pid: number; kill(signal: NodeJS.Signals): void }) => void;
  /** Called with each piece of stderr. */
  readonly onStderr?: (text: string, child: { kill(signal: NodeJS.Signals): void }) => void;
}

/** Runs `sla` as a person would, against the test lab. */
export function sla(lab: TestLab, words: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const [verb = '', ...rest] = words;
  const child = spawn(
    process.execPath,
    [join(checkoutPath, 'cli/main.ts'), verb, '--config', lab.configFile, ...rest],
    {
      cwd: checkoutPath,
      env: { ...process.env, SLA_STATE_DIR: lab.stateDir, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
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

/** Runs a command that must succeed, and gives its `--json` result. */
export async function slaJson<T>(lab: TestLab, words: readonly string[], options?: RunOptions): Promise<T> {
  const [verb = '', ...rest] = words;
  const { exitStatus, stdout, stderr } = await sla(lab, [verb, '--json', ...rest], options);
  if (exitStatus !== 0)
    throw new Error(`sla ${words.join(' ')} ended with ${exitStatus}\n${stdout}${stderr}`);
  return JSON.parse(stdout) as T;
}

/** An SSH session to a host of the test lab. */
export function hostOf(lab: TestLab, name: HostName): Promise<Host> {
  const address = labHosts(labConfig.parse({ name: lab.name, subnet: lab.subnet })).find(
    (host) => host.name === name,
  );
  if (!address) throw new Error(`no host ${name}`);
  return openHost(address, {
    keyFile: join(lab.stateDir, 'keys/operator'),
    knownHosts: readIfPresent(join(lab.stateDir, 'known_hosts')) ?? '',
    connectTimeoutMs: 5000,
  });
}

/** Runs the docker program of this machine; its trimmed output. */
export const docker = (...words: readonly string[]): string =>
  execFileSync('docker', [...words], { encoding: 'utf8' }).trim();
