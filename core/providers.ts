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
import { terraformEnvironment } from './terraformEnvironment.ts';

export interface ProvidersOptions {
  readonly checkout: string;
  readonly stateDir: string;
  /** Path of terraform or tofu. */
  readonly terraform: string;
  readonly narrate: (line: string) => void;
  /** What the roots need; only the Docker provider without it. */
  readonly needed?: readonly Provider[];
}

export type ProviderSource = 'registry' | 'built';

export interface Providers {
  /** For TF_CLI_CONFIG_FILE; rewritten only when its content changes. */
  readonly cliConfigFile: string;
  /** Of the first one. */
  readonly source: ProviderSource;
}

/** What lies outside: how programs are run, and the folder that the checkouts of a user share. */
export interface Surroundings {
  run(argv: Argv, options?: { cwd?: string; env?: Record<string, string | undefined> }): Promise<LocalResult>;
  readonly cache: string;
}

/** A provider, and the Go module that it is built from where no registry is in reach. */
export interface Provider {
  readonly source: string;
  readonly constraint: string;
  /** What the constraint allows, for the names of version folders. */
  readonly fits: RegExp;
  readonly version: string;
  readonly module: string;
  readonly package: string;
  readonly buildTakes: string;
}

export const dockerProvider: Provider = {
  source: 'kreuzwerker/docker',
  constraint: '~> 4.0',
  fits: /^4\.\d+\.\d+$/,
  // The newest release in the history of the commit that go.mod pins (CHANGELOG.md of the module).
  version: '4.6.0',
  module: 'terraform/providers/docker',
  package: 'github.com/terraform-providers/terraform-provider-docker',
  buildTakes: '2 to 3 minutes',
};

export const libvirtProvider: Provider = {
  source: 'dmacvicar/libvirt',
  constraint: '~> 0.8.3',
  fits: /^0\.8\.([3-9]|\d\d+)$/,
  version: '0.8.3',
  module: 'terraform/providers/libvirt',
  package: 'github.com/dmacvicar/terraform-provider-libvirt',
  buildTakes: '15 to 75 seconds',
};

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

/** By the source of the provider. */
type Findings = Readonly<Record<string, Found>>;

/**
 * Makes sure that the providers can be had, and a CLI configuration that takes them from a mirror on disk: one
 * filled from the public registry, else built from the pinned Go module, once. Afterwards neither needs the
 * network. Errors: `provider-unavailable`.
 */
export async function ensureProviders(
  options: ProvidersOptions,
  surroundings: Surroundings = thisMachine(),
): Promise<Providers> {
  const needed = options.needed ?? [dockerProvider];
  const cliConfigFile = join(options.stateDir, 'terraform.rc');
  const recordFile = join(options.stateDir, 'providers.json');
  let findings = readFindings(recordFile);
  for (const provider of needed) {
    const wanted = { terraform: identityOf(options.terraform), pin: pinOf(options.checkout, provider) };
    if (stillHolds(findings[provider.source], wanted)) continue;
    const found = { ...(await findOrMake(provider, options, surroundings, wanted.pin)), ...wanted };
    findings = { ...findings, [provider.source]: found };
    writePrivate(recordFile, `${JSON.stringify(findings, null, 2)}\n`);
  }
  // Those of another lab stay: the configuration serves all labs of the checkout.
  const content = renderCliConfig(mirrorsOf(findings));
  if (readIfPresent(cliConfigFile) !== content) writePrivate(cliConfigFile, content);
  return { cliConfigFile, source: findings[needed[0]?.source ?? '']?.source ?? 'built' };
}

/** Provider → folder of the mirror that has it. */
export function renderCliConfig(mirrors: Readonly<Record<string, string>>): string {
  const sources = Object.keys(mirrors).map((source) => JSON.stringify(source));
  const blocks = Object.entries(mirrors).map(
    ([source, path]) => `  filesystem_mirror {
    path    = ${JSON.stringify(path)}
    include = [${JSON.stringify(source)}]
  }
`,
  );
  return `provider_installation {
${blocks.join('')}  direct {
    exclude = [${sources.join(', ')}]
  }
}
`;
}

/** The address as `terraform providers` or `tofu providers` prints it, with the host that each has built in. */
export function parseAddress(output: string): string | undefined {
  return /provider\[([^/\]\s]+\/[^/\]\s]+\/[^/\]\s]+)\]/.exec(output)?.[1];
}

/** The newest of these version folders that the constraint of the provider allows. */
export function newestFitting(
  versions: readonly string[],
  { fits }: Pick<Provider, 'fits'> = dockerProvider,
): string | undefined {
  const minor = (version: string): readonly number[] => version.split('.').map(Number);
  return versions
    .filter((version) => fits.test(version))
    .toSorted((a, b) => (minor(a)[1] ?? 0) - (minor(b)[1] ?? 0) || (minor(a)[2] ?? 0) - (minor(b)[2] ?? 0))
    .at(-1);
}

/** A record of before there were several providers says nothing. */
function readFindings(file: string): Findings {
  const text = readIfPresent(file);
  const record = text === undefined ? {} : JSON.parse(text);
  return 'mirror' in record ? {} : record;
}

const stillHolds = (found: Found | undefined, wanted: Pick<Found, 'terraform' | 'pin'>): boolean =>
  found?.terraform === wanted.terraform &&
  found.pin === wanted.pin &&
  existsSync(join(found.mirror, found.path));

const mirrorsOf = (findings: Findings): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(findings)
      .filter(([, { mirror, path }]) => existsSync(join(mirror, path)))
      .map(([source, { mirror }]) => [source, mirror]),
  );

async function findOrMake(
  provider: Provider,
  options: ProvidersOptions,
  around: Surroundings,
  pin: string,
): Promise<Package> {
  const address = await addressOf(provider, options.terraform, around);
  const mirrors = {
    registry: join(around.cache, 'providers', 'registry'),
    built: join(around.cache, 'providers', pin),
  };
  const cached = () =>
    lookIn(mirrors.registry, 'registry', provider, address) ??
    lookIn(mirrors.built, 'built', provider, address);
  const before = cached();
  if (before) return before;

  using _lock = await lockOf(around.cache, options.narrate);
  const meanwhile = cached();
  if (meanwhile) return meanwhile;
  const refusal = await fillFromRegistry(provider, mirrors.registry, address, options, around);
  if (refusal !== undefined) await build(provider, mirrors.built, address, refusal, options, around);
  const made = cached();
  if (!made) throw new Error(`${address} is in neither mirror although it was put there`);
  return made;
}

/** Only whole packages are looked at: they enter a mirror by a rename. */
function lookIn(
  mirror: string,
  source: ProviderSource,
  provider: Provider,
  address: string,
): Package | undefined {
  const folder = join(mirror, address);
  const version = existsSync(folder) ? newestFitting(readdirSync(folder), provider) : undefined;
  if (version === undefined) return undefined;
  const path = join(address, version, platform);
  return existsSync(join(mirror, path)) ? { mirror, source, path } : undefined;
}

async function addressOf(provider: Provider, terraform: string, around: Surroundings): Promise<string> {
  const result = await inTinyRoot(provider, (cwd) =>
    around.run([terraform, 'providers'], { cwd, env: probingEnvironment('/dev/null') }),
  );
  const address = parseAddress(result.stdout);
  if (address !== undefined) return address;
  throw new SlaError('terraform-failed', `${terraform} does not name the address of ${provider.source}`, {
    cause: result.stderr || result.stdout,
    remedy: `run "${terraform} version"; if it does not work, remove .sla/ready and run ./sla again`,
  });
}

/** Why the registry did not give the provider; undefined when it did. */
async function fillFromRegistry(
  provider: Provider,
  mirror: string,
  address: string,
  { terraform, narrate }: ProvidersOptions,
  around: Surroundings,
): Promise<string | undefined> {
  narrate(`asking the registry for the provider ${provider.source}`);
  const draft = freshDraft(mirror);
  const result = await inTinyRoot(provider, async (cwd) => {
    const config = join(cwd, 'download.rc');
    await writeFile(config, `plugin_cache_dir = ${JSON.stringify(draft)}\n`);
    return around.run([terraform, 'init', '-input=false', '-no-color'], {
      cwd,
      env: probingEnvironment(config),
    });
  });
  if (result.exitCode === 0) publish(draft, mirror, address);
  rmSync(draft, { recursive: true, force: true });
  return result.exitCode === 0 ? undefined : (result.stderr || result.stdout).trim();
}

async function build(
  provider: Provider,
  mirror: string,
  address: string,
  refusal: string,
  { checkout, narrate }: ProvidersOptions,
  around: Surroundings,
): Promise<void> {
  const go = await findGo(around);
  if (go === undefined)
    throw unavailable(provider, `${refusal}\nand there is no go on PATH to build it with`);
  narrate(`building the provider ${provider.source} from its Go module: ${provider.buildTakes}, once`);
  const draft = freshDraft(mirror);
  const binary = join(draft, address, provider.version, platform, binaryName(provider));
  const result = await around.run(
    [
      ...[
        go,
        'build',
        '-trimpath',
        '-buildvcs=false',
        '-ldflags',
        `-s -w -X main.version=${provider.version}`,
      ],
      ...['-o', binary, provider.package],
    ],
    // A Go older than go.mod asks for fetches the right one through the module proxy.
    {
      cwd: join(checkout, provider.module),
      env: { GOFLAGS: '', CGO_ENABLED: '0', GOTOOLCHAIN: process.env.GOTOOLCHAIN ?? 'auto' },
    },
  );
  if (result.exitCode !== 0)
    throw unavailable(provider, `${refusal}\nand go build failed:\n${lastLines(result.stderr)}`);
  publish(draft, mirror, address);
  rmSync(draft, { recursive: true, force: true });
}

async function findGo(around: Surroundings): Promise<string | undefined> {
  for (const go of ['go', '/usr/local/go/bin/go']) {
    if ((await around.run([go, 'version'])).exitCode === 0) return go;
  }
  return undefined;
}

const unavailable = (provider: Provider, cause: string): SlaError =>
  new SlaError('provider-unavailable', `the Terraform provider ${provider.source} is not to be had`, {
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
async function inTinyRoot<T>(provider: Provider, use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'sla-providers-'));
  try {
    await writeFile(join(folder, 'versions.tf'), tinyRoot(provider));
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const tinyRoot = ({ source, constraint }: Provider): string => `terraform {
  required_providers {
    ${typeOf(source)} = {
      source  = "${source}"
      version = "${constraint}"
    }
  }
}
`;

// A registry that is not there is given up soon.
const probingEnvironment = (config: string) => ({
  ...terraformEnvironment(config, undefined),
  TF_REGISTRY_CLIENT_TIMEOUT: '5',
  TF_REGISTRY_DISCOVERY_RETRY: '0',
});

const thisMachine = (): Surroundings => ({
  run: runLocal,
  cache: join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'sla-lab'),
});

/** Changes when another program is put at the same path: terraform and tofu have different registries. */
const identityOf = (program: string): string =>
  `${program} ${statSync(program, { throwIfNoEntry: false })?.mtimeMs ?? 0}`;

const pinOf = (checkout: string, provider: Provider): string =>
  createHash('sha256')
    .update(readFileSync(join(checkout, provider.module, 'go.sum')))
    .digest('hex')
    .slice(0, 16);

const platform = `${process.platform}_${process.arch === 'x64' ? 'amd64' : process.arch}`;
const binaryName = ({ source, version }: Provider): string =>
  `terraform-provider-${typeOf(source)}_v${version}`;
const typeOf = (source: string): string => source.split('/').at(-1) ?? source;
const lastLines = (text: string): string => text.trimEnd().split('\n').slice(-8).join('\n');
