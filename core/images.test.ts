import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SlaError } from './errors.ts';
import {
  buildMissing,
  copyInto,
  dockerfileRecipe,
  type ImageBuild,
  type ImageRecipe,
  imageError,
  missingImages,
  tagsOf,
} from './images.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sla-images-'));
  put('app.Dockerfile', 'FROM debian');
  put('app/etc/motd', 'hello');
  put('app/bin/run', 'true');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function put(path: string, content: string): void {
  mkdirSync(join(folder, path, '..'), { recursive: true });
  writeFileSync(join(folder, path), content);
}

/** A recipe whose build is recorded, or runs `build`. */
const recipe = (
  name: string,
  from: readonly string[] = [],
  build: (build: ImageBuild) => Promise<void> = async () => undefined,
): ImageRecipe => ({
  name,
  from: Object.fromEntries(from.map((parent) => [parent.toUpperCase(), parent])),
  sources: [],
  build,
});

const allTags = (recipes: readonly ImageRecipe[]): ReadonlySet<string> => new Set(tagsOf(recipes).values());

describe('a tag', () => {
  const tagOf = (inputs: readonly string[] = ['13'], parent = 'trixie') => {
    const debian = { ...recipe('debian'), inputs: [parent] };
    const options = { folder: join(folder, 'app'), inputs };
    const app = dockerfileRecipe(join(folder, 'app.Dockerfile'), 'app', { BASE: 'debian' }, options);
    return tagsOf([debian, app]).get('app');
  };

  test('names the image and a hash', () => {
    expect(tagOf()).toMatch(/^sla-lab\/app:[0-9a-f]{12}$/);
  });

  const same: readonly [string, () => void][] = [
    ['nothing', () => undefined],
    ['the time of a file', () => put('app/etc/motd', 'hello')],
    ['a test beside the sources', () => put('app/bin/run.test.ts', 'test()')],
    ['an empty folder', () => mkdirSync(join(folder, 'app/empty'))],
  ];
  test.each(same)('stays when %s changes', (_, change) => {
    const before = tagOf();
    change();
    expect(tagOf()).toBe(before);
  });

  const other: readonly [string, () => void][] = [
    ['the Dockerfile', () => put('app.Dockerfile', 'FROM debian:13')],
    ['the content of a file', () => put('app/etc/motd', 'goodbye')],
    ['a new file', () => put('app/etc/issue', '')],
    ['a file that is gone', () => rmSync(join(folder, 'app/etc/motd'))],
    ['whether a file is a program', () => chmodSync(join(folder, 'app/bin/run'), 0o755)],
    [
      'the name of a file',
      () => {
        put('app/etc/issue', 'hello');
        rmSync(join(folder, 'app/etc/motd'));
      },
    ],
  ];
  test.each(other)('is another when %s changes', (_, change) => {
    const before = tagOf();
    change();
    expect(tagOf()).not.toBe(before);
  });

  test('is another when a version or the parent changes', () => {
    expect(new Set([tagOf(), tagOf(['14']), tagOf(['13'], 'forky')]).size).toBe(3);
  });

  test('is the same in another checkout', () => {
    const before = tagOf();
    const moved = mkdtempSync(join(tmpdir(), 'sla-images-'));
    rmSync(folder, { recursive: true });
    folder = moved;
    put('app.Dockerfile', 'FROM debian');
    put('app/etc/motd', 'hello');
    put('app/bin/run', 'true');
    expect(tagOf()).toBe(before);
  });
});

test('a recipe before its parent is a bug and names the parent', () => {
  expect(() => tagsOf([recipe('app', ['debian']), recipe('debian')])).toThrow('debian');
});

test('tests are not shipped', () => {
  put('app/bin/run.test.ts', 'test()');
  copyInto(join(folder, 'out'), join(folder, 'app'));
  expect(readdirSync(join(folder, 'out/app/bin'))).toEqual(['run']);
});

describe('what is missing', () => {
  const recipes = [recipe('debian'), recipe('base', ['debian']), recipe('app', ['base'])];

  test('is everything at first, parents before children', () => {
    expect(missingImages(recipes, new Set()).map(({ name }) => name)).toEqual(['debian', 'base', 'app']);
  });

  test('is nothing when all tags are there', () => {
    expect(missingImages(recipes, allTags(recipes))).toEqual([]);
  });

  test('are the images below a change, and no others', () => {
    const changed = recipes.map((each) => (each.name === 'base' ? { ...each, inputs: ['new'] } : each));
    expect(missingImages(changed, allTags(recipes)).map(({ name }) => name)).toEqual(['base', 'app']);
  });
});

describe('a build', () => {
  const said: string[] = [];
  const build = (recipes: readonly ImageRecipe[], present: ReadonlySet<string> = new Set()) =>
    buildMissing(recipes, present, join(folder, 'work'), (line) => said.push(line));
  beforeEach(() => said.splice(0));

  test('makes what is missing, says so, and leaves what is there', async () => {
    const built: string[] = [];
    const record = async ({ tag }: ImageBuild) => void built.push(tag);
    const recipes = [recipe('debian', [], record), recipe('base', ['debian'], record)];
    const tags = await build(recipes, new Set([...allTags(recipes)].slice(0, 1)));
    expect(built).toEqual([tags.get('base')]);
    expect(said).toEqual([expect.stringMatching(/^image base built in \d+\.\d s$/)]);
  });

  test('gives each image the tags of its parents and a folder that is gone afterwards', async () => {
    const seen: ImageBuild[] = [];
    const recipes = [
      recipe('debian'),
      recipe('app', ['debian'], async (given) => {
        expect(readdirSync(given.folder)).toEqual([]);
        seen.push(given);
      }),
    ];
    const tags = await build(recipes);
    expect(seen).toEqual([
      { tag: tags.get('app'), parents: { DEBIAN: tags.get('debian') }, folder: expect.any(String) },
    ]);
    expect(existsSync(seen[0]?.folder ?? '')).toBe(false);
  });

  test('runs side by side, but never before its parent', async () => {
    const gates = new Map<string, () => void>();
    const started: string[] = [];
    const gated = (name: string, from: readonly string[] = []) =>
      recipe(name, from, () => {
        started.push(name);
        const { promise, resolve } = Promise.withResolvers<void>();
        gates.set(name, resolve);
        return promise;
      });
    const all = build([
      gated('debian'),
      gated('base', ['debian']),
      gated('node', ['debian']),
      gated('app', ['base', 'node']),
    ]);
    const open = async (name: string, next: readonly string[]) => {
      gates.get(name)?.();
      await expect.poll(() => started, { interval: 1 }).toEqual(next);
    };
    await expect.poll(() => started, { interval: 1 }).toEqual(['debian']);
    await open('debian', ['debian', 'base', 'node']);
    await open('node', ['debian', 'base', 'node']);
    await open('base', ['debian', 'base', 'node', 'app']);
    gates.get('app')?.();
    await all;
  });

  test('that fails keeps its children from being built, and its folder from staying', async () => {
    const built: string[] = [];
    const recipes = [
      recipe('debian', [], async () => {
        throw new SlaError('mirror-failed', 'no mirror');
      }),
      recipe('base', ['debian'], async () => void built.push('base')),
    ];
    await expect(build(recipes)).rejects.toMatchObject({ code: 'mirror-failed' });
    expect(built).toEqual([]);
    expect(readdirSync(join(folder, 'work'))).toEqual([]);
  });

  test('that fails for another reason names its image', async () => {
    const full = recipe('db', [], async () => {
      throw new Error('ENOSPC: no space left on device');
    });
    await expect(build([full])).rejects.toMatchObject({
      code: 'image-build-failed',
      message: 'image db could not be built',
      cause: 'ENOSPC: no space left on device',
    });
  });
});

describe('a failed download', () => {
  // As mmdebstrap and apt print them, the archive's name apart.
  const noRelease = `I: running apt-get update...
Ign:1 http://mirror.example/debian trixie InRelease
Err:2 http://mirror.example/debian trixie Release
  404  File not found [IP: 192.0.2.1 80]
Reading package lists...
E: The repository 'http://mirror.example/debian trixie Release' does not have a Release file.
E: apt-get update --error-on=any -oAPT::Status-Fd=<$fd> -oDpkg::Use-Pty=false failed
I: main() received signal PIPE: waiting for setup...
E: mmdebstrap failed to run`;
  const noConnection = `Err:1 http://mirror.example/debian trixie InRelease
  Could not connect to 192.0.2.1:80 (192.0.2.1). - connect (111: Connection refused)
Reading package lists...
E: Failed to fetch http://mirror.example/debian/dists/trixie/InRelease  Could not connect to 192.0.2.1:80
E: mmdebstrap failed to run`;
  const noPackage = `Step 4/7 : RUN apt-get install --yes redis-server
Get:1 http://mirror.example/debian trixie/main amd64 libjemalloc2 amd64 5.3.0-3 [276 kB]
Err:2 http://mirror.example/debian trixie/main amd64 redis-server amd64 5:8.0.2-3
  404  Not Found [IP: 192.0.2.1 80]
Fetched 276 kB in 0s (1,012 kB/s)
E: Failed to fetch http://mirror.example/debian/pool/main/r/redis/redis-server_8.0.2-3_amd64.deb  404  Not Found [IP: 192.0.2.1 80]
E: Unable to fetch some archives, maybe run apt-get update or try with --fix-missing?
The command '/bin/sh -c apt-get install' returned a non-zero code: 100`;
  const numbered = noPackage.replaceAll(/^/gm, '#7 12.34 ');

  test.each([
    ['a mirror without this release', noRelease, 'http://mirror.example/debian', '404  File not found'],
    [
      'a mirror that is not there',
      noConnection,
      'http://mirror.example/debian/dists/trixie/InRelease',
      'Connection refused',
    ],
    [
      'a package that is gone',
      noPackage,
      'http://mirror.example/debian/pool/main/r/redis/redis-server_8.0.2-3_amd64.deb',
      '404  Not Found',
    ],
    [
      'the same from a builder that numbers its lines',
      numbered,
      'http://mirror.example/debian/pool/main/r/redis/redis-server_8.0.2-3_amd64.deb',
      '404  Not Found',
    ],
  ])('%s: the address and the reason are named', (_, output, address, reason) => {
    const error = imageError('db', output);
    expect(error).toMatchObject({
      code: 'mirror-failed',
      message: `image db could not be built: ${address} cannot be downloaded`,
      remedy: expect.stringContaining('lab.debianMirror'),
    });
    expect(error.cause).toContain(reason);
    expect(error.cause).not.toMatch(/^(?:I:|Get:|Step|Reading)/m);
  });

  test('any other failure shows the end of the output', () => {
    const lines = Array.from({ length: 40 }, (_, index) => `line ${index}`);
    const error = imageError('db', `${lines.join('\n')}\n`);
    expect(error.code).toBe('image-build-failed');
    expect(String(error.cause).split('\n')).toEqual(lines.slice(-12));
  });
});
