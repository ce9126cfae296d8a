import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SlaError } from '../errors.ts';
import { runLocal } from '../local.ts';
import { holderHere, takeLock } from '../lock.ts';
import { readIfPresent, writePrivate } from '../state.ts';
import { dockerProvider, newestFitting, type Provider } from './catalogue.ts';
import {
  addressOf,
  build,
  fillFromRegistry,
  type ProvidersOptions,
  platform,
  type Surroundings,
} from './sources.ts';

export type ProviderSource = 'registry' | 'built';

export interface Providers {
  /** For TF_CLI_CONFIG_FILE; rewritten only when its content changes. */
  readonly cliConfigFile: string;
  /** Of the first one. */
  readonly source: ProviderSource;
}

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

  using _lock = await lockOfCache(around.cache, options.narrate);
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

async function lockOfCache(cache: string, narrate: (line: string) => void): Promise<Disposable> {
  const holder = holderHere(process.argv.slice(2).join(' '));
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
