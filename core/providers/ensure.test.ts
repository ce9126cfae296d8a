import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { SlaError } from '../errors.ts';
import type { LocalResult } from '../local.ts';
import { takeLock } from '../lock.ts';
import type { Argv } from '../shell.ts';
import { dockerProvider, newestFitting } from './catalogue.ts';
import { ensureProviders, renderCliConfig } from './ensure.ts';
import { parseAddress, type Surroundings } from './sources.ts';

const host = 'registry.example';
const address = `${host}/kreuzwerker/docker`;
const good: LocalResult = { exitCode: 0, stdout: '', stderr: '' };
const bad = (stderr: string): LocalResult => ({ exitCode: 1, stdout: '', stderr });

let root: string;
let said: string[];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sla-providers-test-'));
  said = [];
  put(join(root, 'checkout', dockerProvider.module, 'go.sum'), 'pinned');
  put(join(root, 'terraform'), '');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function put(path: string, content: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

/** A Terraform and a Go that write what the real ones would write, where they were told to. */
class FakeMachine implements Surroundings {
  readonly cache = join(root, 'cache');
  readonly ran: string[] = [];
  registryHas?: string;
  goBuilds: 'yes' | 'no' | 'there is no go' = 'yes';

  async run(argv: Argv, options: Parameters<Surroundings['run']>[1] = {}): Promise<LocalResult> {
    const verb = `${argv[0]?.endsWith('go') ? 'go' : 'terraform'} ${argv[1]}`;
    this.ran.push(verb);
    if (verb === 'terraform providers') return { ...good, stdout: `└── provider[${address}] ~> 4.0\n` };
    if (verb === 'terraform init') return this.#download(options.env?.TF_CLI_CONFIG_FILE ?? '');
    if (this.goBuilds === 'there is no go') return { ...bad('go: not found'), exitCode: 127 };
    if (verb === 'go version') return good;
    put(argv[argv.indexOf('-o') + 1] ?? '', 'built');
    return this.goBuilds === 'yes' ? good : bad('undefined: x');
  }

  #download(configFile: string): LocalResult {
    if (this.registryHas === undefined) return bad(`could not connect to ${host}`);
    const folder = /plugin_cache_dir = "(.*)"/.exec(readFileSync(configFile, 'utf8'))?.[1] ?? '';
    put(join(folder, address, this.registryHas, platform, 'terraform-provider-docker'), 'downloaded');
    return good;
  }
}

const platform = `${process.platform}_${process.arch === 'x64' ? 'amd64' : process.arch}`;

const ensure = (machine: Surroundings) =>
  ensureProviders(
    {
      checkout: join(root, 'checkout'),
      stateDir: join(root, 'state'),
      terraform: join(root, 'terraform'),
      narrate: (line) => said.push(line),
    },
    machine,
  );

const mirrorIn = (cliConfigFile: string): string =>
  /path {4}= "(.*)"/.exec(readFileSync(cliConfigFile, 'utf8'))?.[1] ?? '';

const failureOf = (promise: Promise<unknown>): Promise<SlaError> =>
  promise.then(
    () => expect.unreachable('it did not fail'),
    (error: SlaError) => error,
  );

describe('where the provider comes from', () => {
  test('a reachable registry gives it, and nothing is built', async () => {
    const machine = new FakeMachine();
    machine.registryHas = '4.9.1';
    const { source, cliConfigFile } = await ensure(machine);
    expect(source).toBe('registry');
    expect(machine.ran).toEqual(['terraform providers', 'terraform init']);
    expect(
      existsSync(join(mirrorIn(cliConfigFile), address, '4.9.1', platform, 'terraform-provider-docker')),
    ).toBe(true);
  });

  test('without a registry it is built into a mirror laid out as Terraform wants it', async () => {
    const { source, cliConfigFile } = await ensure(new FakeMachine());
    expect(source).toBe('built');
    expect(readdirSync(join(mirrorIn(cliConfigFile), address, dockerProvider.version, platform))).toEqual([
      `terraform-provider-docker_v${dockerProvider.version}`,
    ]);
    expect(said.at(-1)).toBe(
      'building the provider kreuzwerker/docker from its Go module: 2 to 3 minutes, once',
    );
  });

  test.each([
    ['there is no go', 'there is no go on PATH'],
    ['no', 'go build failed:\nundefined: x'],
  ] as const)('neither registry nor build (%s) is one error that names both ways', async (goBuilds, why) => {
    const machine = new FakeMachine();
    machine.goBuilds = goBuilds;
    const error = await failureOf(ensure(machine));
    expect(error.code).toBe('provider-unavailable');
    expect(error.cause).toContain(`could not connect to ${host}`);
    expect(error.cause).toContain(why);
    expect(error.remedy).toMatch(/registry reachable, or install Go/);
    expect(existsSync(join(root, 'state', 'terraform.rc'))).toBe(false);
  });
});

describe('what is remembered', () => {
  test('the second call starts no program and leaves the configuration untouched', async () => {
    await ensure(new FakeMachine());
    const { cliConfigFile } = await ensure(new FakeMachine());
    const before = statSync(cliConfigFile).mtimeMs;
    const machine = new FakeMachine();
    expect(await ensure(machine)).toEqual({ cliConfigFile, source: 'built' });
    expect(machine.ran).toEqual([]);
    expect(statSync(cliConfigFile).mtimeMs).toBe(before);
  });

  test('another checkout takes the mirror of the user without asking the registry', async () => {
    await ensure(new FakeMachine());
    rmSync(join(root, 'state'), { recursive: true });
    const machine = new FakeMachine();
    expect((await ensure(machine)).source).toBe('built');
    expect(machine.ran).toEqual(['terraform providers']);
  });

  test('another Go module, or a deleted mirror, is built again', async () => {
    await ensure(new FakeMachine());
    put(join(root, 'checkout', dockerProvider.module, 'go.sum'), 'pinned to another commit');
    const afterTheChange = new FakeMachine();
    await ensure(afterTheChange);
    expect(afterTheChange.ran).toContain('go build');
    rmSync(join(root, 'cache'), { recursive: true });
    const afterTheDeletion = new FakeMachine();
    await ensure(afterTheDeletion);
    expect(afterTheDeletion.ran).toContain('go build');
  });

  test('a build that was cut off leaves nothing that counts', async () => {
    const cutOff = new FakeMachine();
    cutOff.goBuilds = 'no';
    await failureOf(ensure(cutOff));
    const { cliConfigFile } = await ensure(new FakeMachine());
    const drafts = readdirSync(dirname(mirrorIn(cliConfigFile))).filter((name) => name.endsWith('.new'));
    expect(drafts).toEqual([]);
    expect(existsSync(join(mirrorIn(cliConfigFile), address, dockerProvider.version, platform))).toBe(true);
  });
});

test('two at once: the second waits, says for whom, and builds nothing', async () => {
  const machine = new FakeMachine();
  const holder = { pid: 4711, command: 'up', since: '2026-01-01T10:00:00.000Z' };
  const lock = takeLock(join(machine.cache, 'providers', 'lock'), 'the cache', holder);
  const second = ensure(machine);
  await expect.poll(() => said).toEqual([expect.stringContaining('process 4711')]);
  put(
    join(machine.cache, 'providers', 'registry', address, '4.6.0', platform, 'terraform-provider-docker'),
    '',
  );
  lock[Symbol.dispose]();
  expect((await second).source).toBe('registry');
  expect(machine.ran).toEqual(['terraform providers']);
});

test('the address is read from the output of terraform and of tofu', () => {
  expect(
    parseAddress('\nProviders required by configuration:\n.\n└── provider[a.example/b/c] ~> 4.0\n'),
  ).toBe('a.example/b/c');
  expect(parseAddress('Error: nothing')).toBeUndefined();
});

test('the newest version of major 4 is taken, by number and not by letter', () => {
  expect(newestFitting(['4.6.0', '4.10.0', '4.9.12', '5.0.0', '3.9.0', '4.11.0-beta'])).toBe('4.10.0');
  expect(newestFitting(['5.0.0'])).toBeUndefined();
});

test('the configuration leaves every other provider to its registry', () => {
  expect(renderCliConfig({ 'kreuzwerker/docker': '/a "b"' })).toBe(`provider_installation {
  filesystem_mirror {
    path    = "/a \\"b\\""
    include = ["kreuzwerker/docker"]
  }
  direct {
    exclude = ["kreuzwerker/docker"]
  }
}
`);
});
