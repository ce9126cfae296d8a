import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SlaError } from './errors.ts';
import { type LocalResult, runLocal } from './local.ts';
import { takeLock } from './lock.ts';
import type { Argv } from './shell.ts';
import { readIfPresent, writePrivate } from './state.ts';

export interface ProvidersOptions {
  readonly checkout: string;
  readonly stateDir: string;
  /** Path of terraform or tofu. */
  readonly terraform: string;
  readonly narrate: (line: string) => void;
}

export type ProviderSource = 'registry' | 'built';

export interface Providers {
  /** For TF_CLI_CONFIG_FILE; rewritten only when its content changes. */
  readonly cliConfigFile: string;
  readonly source: ProviderSource;
}

/** What lies outside: how programs are run, and the folder that the checkouts of a user share. */
export interface Surroundings {
  run(argv: Argv, options?: { cwd?: string; env?: Record<string, string | undefined> }): Promise<LocalResult>;
  readonly cache: string;
}

export const dockerProvider = {
  source: 'kreuzwerker/docker',
  constraint: '~> 4.0',
  // The newest release in the history of the commit that go.mod pins (CHANGELOG.md of the module).
  version: '4.6.0',
  module: 'terraform/providers/docker',
  package: 'github.com/terraform-providers/terraform-provider-docker',
} as const;

/** A provider in a mirror on disk. */
interface Package {
  readonly mirror: string;
  readonly source: ProviderSource;
  /** HOST/NAMESPACE/TYPE/VERSION/OS_ARCH below the mirror. */
  readonly path: string;
}

/** What was found the last time and for whom, so that a second call starts no program. */
interface Found extends Package {
  readonly terraform: string;
  readonly pin: string;
}

/**
 * Makes sure that the provider can be had, and a CLI configuration that takes it from a mirror on disk: one
 * filled from the public registry, else built from the pinned Go module (2 to 3 minutes on 2 cores, once).
 * Afterwards neither needs the network. Errors: `provider-unavailable`.
 */
export async function ensureProviders(
  options: ProvidersOptions,
  surroundings: Surroundings = thisMachine(),
): Promise<Providers> {
  const cliConfigFile = join(options.stateDir, 'terraform.rc');
  const recordFile = join(options.stateDir, 'providers.json');
  const wanted = { terraform: identityOf(options.terraform), pin: pinOf(options.checkout) };
  let found = recorded(recordFile, wanted);
  if (!found) {
    found = { ...(await findOrMake(options, surroundings, wanted.pin)), ...wanted };
    writePrivate(recordFile, `${JSON.stringify(found, null, 2)}\n`);
  }
  const content = renderCliConfig(found.mirror);
  if (readIfPresent(cliConfigFile) !== content) writePrivate(cliConfigFile, content);
  return { cliConfigFile, source: found.source };
}

export const renderCliConfig = (mirror: string): string => `provider_installation {
  filesystem_mirror {
    path    = ${JSON.stringify(mirror)}
    include = ["${dockerProvider.source}"]
  }
  direct {
    exclude = ["${dockerProvider.source}"]
  }
}
`;

/** The address as `terraform providers` or `tofu providers` prints it, with the host that each has built in. */
export function parseAddress(output: string): string | undefined {
  return /provider\[([^/\]\s]+\/[^/\]\s]+\/[^/\]\s]+)\]/.exec(output)?.[1];
}

/** The newest of these version folders that the constraint `~> 4.0` allows. */
export function newestFitting(versions: readonly string[]): string | undefined {
  const minor = (version: string): readonly number[] => version.split('.').map(Number);
  return versions
    .filter((version) => /^4\.\d+\.\d+$/.test(version))
    .toSorted((a, b) => (minor(a)[1] ?? 0) - (minor(b)[1] ?? 0) || (minor(a)[2] ?? 0) - (minor(b)[2] ?? 0))
    .at(-1);
}

function recorded(file: string, wanted: Pick<Found, 'terraform' | 'pin'>): Found | undefined {
  const text = readIfPresent(file);
  if (text === undefined) return undefined;
  const found = JSON.parse(text) as Found;
  const isSame = found.terraform === wanted.terraform && found.pin === wanted.pin;
  return isSame && existsSync(join(found.mirror, found.path)) ? found : undefined;
}

async function findOrMake(options: ProvidersOptions, around: Surroundings, pin: string): Promise<Package> {
  const address = await addressOf(options.terraform, around);
  const mirrors = {
    registry: join(around.cache, 'providers', 'registry'),
    built: join(around.cache, 'providers', pin),
  };
  const cached = () =>
    lookIn(mirrors.registry, 'registry', address) ?? lookIn(mirrors.built, 'built', address);
  const before = cached();
  if (before) return before;

  using _lock = await lockOf(around.cache, options.narrate);
  const meanwhile = cached();
  if (meanwhile) return meanwhile;
  const refusal = await fillFromRegistry(mirrors.registry, address, options, around);
  if (refusal !== undefined) await build(mirrors.built, address, refusal, options, around);
  const made = cached();
  if (!made) throw new Error(`${address} is in neither mirror although it was put there`);
  return made;
}

/** Only whole packages are looked at: they enter a mirror by a rename. */
function lookIn(mirror: string, source: ProviderSource, address: string): Package | undefined {
  const folder = join(mirror, address);
  const version = existsSync(folder) ? newestFitting(readdirSync(folder)) : undefined;
  if (version === undefined) return undefined;
  const path = join(address, version, platform);
  return existsSync(join(mirror, path)) ? { mirror, source, path } : undefined;
}

async function addressOf(terraform: string, around: Surroundings): Promise<string> {
  const result = await inTinyRoot((cwd) =>
    around.run([terraform, 'providers'], { cwd, env: terraformEnvironment('/dev/null') }),
  );
  const address = parseAddress(result.stdout);
  if (address !== undefined) return address;
  throw new SlaError(
    'terraform-failed',
    `${terraform} does not name the address of ${dockerProvider.source}`,
    {
      cause: result.stderr || result.stdout,
      remedy: `run "${terraform} version"; if it does not work, remove .sla/ready and run ./sla again`,
    },
  );
}

/** Why the registry did not give the provider; undefined when it did. */
async function fillFromRegistry(
  mirror: string,
  address: string,
  { terraform, narrate }: ProvidersOptions,
  around: Surroundings,
): Promise<string | undefined> {
  narrate(`asking the registry for the provider ${dockerProvider.source}`);
  const draft = freshDraft(mirror);
  const result = await inTinyRoot(async (cwd) => {
    const config = join(cwd, 'download.rc');
    await writeFile(config, `plugin_cache_dir = ${JSON.stringify(draft)}\n`);
    return around.run([terraform, 'init', '-input=false', '-no-color'], {
      cwd,
      env: terraformEnvironment(config),
    });
  });
  if (result.exitCode === 0) publish(draft, mirror, address);
  rmSync(draft, { recursive: true, force: true });
  return result.exitCode === 0 ? undefined : (result.stderr || result.stdout).trim();
}

async function build(
  mirror: string,
  address: string,
  refusal: string,
  { checkout, narrate }: ProvidersOptions,
  around: Surroundings,
): Promise<void> {
  const go = await findGo(around);
  if (go === undefined) throw unavailable(`${refusal}\nand there is no go on PATH to build it with`);
  narrate(`building the provider ${dockerProvider.source} from its Go module: 2 to 3 minutes, once`);
  const draft = freshDraft(mirror);
  const binary = join(draft, address, dockerProvider.version, platform, binaryName(address));
  const result = await around.run(
    [
      ...[
        go,
        'build',
        '-trimpath',
        '-buildvcs=false',
        '-ldflags',
        `-s -w -X main.version=${dockerProvider.version}`,
      ],
      ...['-o', binary, dockerProvider.package],
    ],
    // A Go older than go.mod asks for fetches the right one through the module proxy.
    {
      cwd: join(checkout, dockerProvider.module),
      env: { GOFLAGS: '', CGO_ENABLED: '0', GOTOOLCHAIN: process.env.GOTOOLCHAIN ?? 'auto' },
    },
  );
  if (result.exitCode !== 0)
    throw unavailable(`${refusal}\nand go build failed:\n${lastLines(result.stderr)}`);
  publish(draft, mirror, address);
  rmSync(draft, { recursive: true, force: true });
}

async function findGo(around: Surroundings): Promise<string | undefined> {
  for (const go of ['go', '/usr/local/go/bin/go']) {
    if ((await around.run([go, 'version'])).exitCode === 0) return go;
  }
  return undefined;
}

const unavailable = (cause: string): SlaError =>
  new SlaError('provider-unavailable', `the Terraform provider ${dockerProvider.source} is not to be had`, {
    cause,
    remedy:
      'do one of two: make the Terraform registry reachable, or install Go (1.21 or newer) with its module proxy ' +
      'reachable; then run the same command again, or follow docs/runbooks/provider-unavailable.md',
  });

/** An empty folder beside the mirror. What a killed run left there is removed: the lock says that it is dead. */
function freshDraft(mirror: string): string {
  const draft = `${mirror}.new`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { recursive: true });
  return draft;
}

/** Moves each version of the provider from the draft to the mirror in one step. */
function publish(draft: string, mirror: string, address: string): void {
  mkdirSync(join(mirror, address), { recursive: true });
  for (const version of readdirSync(join(draft, address))) {
    rmSync(join(mirror, address, version), { recursive: true, force: true });
    renameSync(join(draft, address, version), join(mirror, address, version));
  }
}

async function lockOf(cache: string, narrate: (line: string) => void): Promise<Disposable> {
  const holder = {
    pid: process.pid,
    command: process.argv.slice(2).join(' '),
    since: new Date().toISOString(),
  };
  for (let isTold = false; ; isTold = true) {
    try {
      return takeLock(join(cache, 'providers', 'lock'), 'the cache of Terraform providers', holder);
    } catch (thrown) {
      if (!(thrown instanceof SlaError && thrown.code === 'lab-busy')) throw thrown;
      if (!isTold) narrate(`waiting: ${thrown.message}`);
      await sleep(300);
    }
  }
}

/** Runs `use` in a folder that holds nothing but a root which requires the provider. */
async function inTinyRoot<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'sla-providers-'));
  try {
    await writeFile(join(folder, 'versions.tf'), tinyRoot);
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const tinyRoot = `terraform {
  required_providers {
    docker = {
      source  = "${dockerProvider.source}"
      version = "${dockerProvider.constraint}"
    }
  }
}
`;

// A user's settings for other roots stay out; a registry that is not there is given up soon.
const terraformEnvironment = (config: string) => ({
  TF_CLI_CONFIG_FILE: config,
  CHECKPOINT_DISABLE: '1',
  TF_REGISTRY_CLIENT_TIMEOUT: '5',
  TF_REGISTRY_DISCOVERY_RETRY: '0',
  TF_DATA_DIR: undefined,
  TF_WORKSPACE: undefined,
  TF_CLI_ARGS: undefined,
  TF_PLUGIN_CACHE_DIR: undefined,
});

const thisMachine = (): Surroundings => ({
  run: runLocal,
  cache: join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'sla-lab'),
});

/** Changes when another program is put at the same path: terraform and tofu have different registries. */
const identityOf = (program: string): string =>
  `${program} ${statSync(program, { throwIfNoEntry: false })?.mtimeMs ?? 0}`;

const pinOf = (checkout: string): string =>
  createHash('sha256')
    .update(readFileSync(join(checkout, dockerProvider.module, 'go.sum')))
    .digest('hex')
    .slice(0, 16);

const platform = `${process.platform}_${process.arch === 'x64' ? 'amd64' : process.arch}`;
const binaryName = (address: string): string =>
  `terraform-provider-${address.split('/').at(-1)}_v${dockerProvider.version}`;
const lastLines = (text: string): string => text.trimEnd().split('\n').slice(-8).join('\n');
