import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SlaError } from '../errors.ts';
import type { LocalResult } from '../local.ts';
import type { Argv } from '../shell.ts';
import { terraformEnvironment } from '../terraformEnvironment.ts';
import { type Provider, typeOf } from './catalogue.ts';

export interface ProvidersOptions {
  readonly checkout: string;
  readonly stateDir: string;
  /** Path of terraform or tofu. */
  readonly terraform: string;
  readonly narrate: (line: string) => void;
  /** What the roots need; only the Docker provider without it. */
  readonly needed?: readonly Provider[];
}

/** What lies outside: how programs are run, and the folder that the checkouts of a user share. */
export interface Surroundings {
  run(argv: Argv, options?: { cwd?: string; env?: Record<string, string | undefined> }): Promise<LocalResult>;
  readonly cache: string;
}

/** The address as `terraform providers` or `tofu providers` prints it, with the host that each has built in. */
export function parseAddress(output: string): string | undefined {
  return /provider\[([^/\]\s]+\/[^/\]\s]+\/[^/\]\s]+)\]/.exec(output)?.[1];
}

/** The address of a provider as this Terraform or OpenTofu writes it. Error: `terraform-failed`. */
export async function addressOf(
  provider: Provider,
  terraform: string,
  around: Surroundings,
): Promise<string> {
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
export async function fillFromRegistry(
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

/** Puts the provider into a mirror, built from its Go module. Error: `provider-unavailable`. */
export async function build(
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
  const result = await around.run([go, ...buildWords(provider, binary)], {
    cwd: join(checkout, provider.module),
    // A Go older than go.mod asks for fetches the right one through the module proxy.
    env: { GOFLAGS: '', CGO_ENABLED: '0', GOTOOLCHAIN: process.env.GOTOOLCHAIN ?? 'auto' },
  });
  if (result.exitCode !== 0)
    throw unavailable(provider, `${refusal}\nand go build failed:\n${lastLines(result.stderr)}`);
  publish(draft, mirror, address);
  rmSync(draft, { recursive: true, force: true });
}

const buildWords = ({ version, package: name }: Provider, binary: string): Argv => [
  'build',
  '-trimpath',
  '-buildvcs=false',
  '-ldflags',
  `-s -w -X main.version=${version}`,
  '-o',
  binary,
  name,
];

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

export const platform = `${process.platform}_${process.arch === 'x64' ? 'amd64' : process.arch}`;
const binaryName = ({ source, version }: Provider): string =>
  `terraform-provider-${typeOf(source)}_v${version}`;
const lastLines = (text: string): string => text.trimEnd().split('\n').slice(-8).join('\n');
