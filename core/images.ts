import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { messageOf, SlaError } from './errors.ts';
import { runLocal } from './local.ts';

/** How one image is made. Its tag is a hash of everything that goes in, so a tag that exists is up to date. */
export interface ImageRecipe {
  readonly name: string;
  /** Build argument → name of the recipe whose image it receives. */
  readonly from: Readonly<Record<string, string>>;
  /** Paths of files and folders, hashed; the Dockerfile is one of them. */
  readonly sources: readonly string[];
  /** Whatever else decides the content, hashed: a version, an architecture. */
  readonly inputs?: readonly string[];
  /** Makes the image, called only when its tag is missing. */
  build(build: ImageBuild): Promise<void>;
}

export interface ImageBuild {
  readonly tag: string;
  /** Tags of the recipes in `from`, by build argument. */
  readonly parents: Readonly<Record<string, string>>;
  /** An empty folder that is removed afterwards. */
  readonly folder: string;
}

/** Recipe name → tag, for every recipe. Each recipe stands after those it is made from. */
export function tagsOf(recipes: readonly ImageRecipe[]): ReadonlyMap<string, string> {
  const tags = new Map<string, string>();
  for (const { name, from, sources, inputs = [] } of recipes) {
    const hash = createHash('sha256');
    for (const parent of Object.values(from)) hash.update(`${tagOf(tags, parent)}\n`);
    for (const input of inputs) hash.update(`${input}\n`);
    for (const source of sources) hashPath(hash, source);
    tags.set(name, `sla-lab/${name}:${hash.digest('hex').slice(0, 12)}`);
  }
  return tags;
}

/** What `buildMissing` would build, given the tags that exist. */
export const missingImages = (
  recipes: readonly ImageRecipe[],
  present: ReadonlySet<string>,
): readonly ImageRecipe[] => {
  const tags = tagsOf(recipes);
  return recipes.filter(({ name }) => !present.has(tagOf(tags, name)));
};

export async function presentImages(): Promise<ReadonlySet<string>> {
  const listed = await runLocal([
    'docker',
    'image',
    'ls',
    '--format',
    '{{.Repository}}:{{.Tag}}',
    '--filter',
    'label=sla.image',
  ]);
  if (listed.exitCode !== 0)
    throw new SlaError('engine-unreachable', 'the images cannot be listed', { cause: listed.stderr.trim() });
  return new Set(listed.stdout.split('\n').filter(Boolean));
}

/**
 * Builds what `present` lacks, side by side where one does not need the other. Errors: `mirror-failed`,
 * `image-build-failed`.
 */
export async function buildMissing(
  recipes: readonly ImageRecipe[],
  present: ReadonlySet<string>,
  workFolder: string,
  narrate: (line: string) => void,
): Promise<ReadonlyMap<string, string>> {
  const tags = tagsOf(recipes);
  const made = new Map<string, Promise<void>>();
  for (const recipe of recipes) {
    const parents = Object.entries(recipe.from);
    const tag = tagOf(tags, recipe.name);
    const ready = Promise.all(parents.map(([, parent]) => made.get(parent)));
    const build = async () => {
      await ready;
      if (present.has(tag)) return;
      const started = performance.now();
      await inFolder(workFolder, recipe.name, (folder) =>
        recipe.build({
          tag,
          folder,
          parents: Object.fromEntries(parents.map(([arg, parent]) => [arg, tagOf(tags, parent)])),
        }),
      );
      narrate(`image ${recipe.name} built in ${((performance.now() - started) / 1000).toFixed(1)} s`);
    };
    made.set(recipe.name, build());
  }
  await Promise.all(made.values());
  return tags;
}

/** Builds a Dockerfile in a folder, with the network of this machine. */
export async function dockerBuild(build: ImageBuild, name: string, dockerfile: string): Promise<void> {
  const buildArgs = Object.entries(build.parents).flatMap(([arg, tag]) => ['--build-arg', `${arg}=${tag}`]);
  const result = await runLocal([
    'docker',
    'build',
    '--network',
    'host',
    '--label',
    `sla.image=${name}`,
    '--tag',
    build.tag,
    ...buildArgs,
    '--file',
    dockerfile,
    build.folder,
  ]);
  if (result.exitCode !== 0) throw imageError(name, `${result.stdout}\n${result.stderr}`);
}

/** A recipe that is a Dockerfile and a folder beside it with the same name. */
export const dockerfileRecipe = (
  dockerfile: string,
  name: string,
  from: Readonly<Record<string, string>>,
  {
    folder,
    inputs = [],
    assemble,
  }: {
    readonly folder?: string;
    readonly inputs?: readonly string[];
    readonly assemble?: (build: ImageBuild) => Promise<void>;
  } = {},
): ImageRecipe => ({
  name,
  from,
  inputs,
  sources: [dockerfile, ...(folder === undefined ? [] : [folder])],
  build: async (build) => {
    if (folder !== undefined) copyInto(build.folder, folder);
    await assemble?.(build);
    await dockerBuild(build, name, dockerfile);
  },
});

/** Copies a file or folder into the build folder under its own name, or another. */
export function copyInto(
  folder: string,
  source: string,
  as = source.slice(dirname(source).length + 1),
): void {
  cpSync(source, join(folder, as), { recursive: true, filter: isShipped });
}

/** A failed download names its address; everything else shows the end of the output. */
export function imageError(name: string, printed: string): SlaError {
  // Some builders number each line and say when it came.
  const output = printed.replaceAll(/^#\d+ [\d.]+ /gm, '');
  const address = failedDownload(output);
  if (address === undefined)
    return new SlaError('image-build-failed', `image ${name} could not be built`, { cause: tailOf(output) });
  return new SlaError('mirror-failed', `image ${name} could not be built: ${address} cannot be downloaded`, {
    cause: tailOf(aptComplaints(output) || output),
    remedy:
      'check the Debian mirror of this machine or set lab.debianMirror in sla.config.ts, then run the same command again; images that were finished are kept',
  });
}

/** The file that apt could not fetch, or at least the archive it asked. */
const failedDownload = (output: string): string | undefined =>
  (/Failed to fetch (\S+)/.exec(output) ?? /Err:\d+ (\S+)/.exec(output))?.[1];

/** What apt prints of its failure: the archive, the reason on the line below, and the errors at the end. */
const aptComplaints = (output: string): string =>
  output
    .split('\n')
    .filter((line, index, lines) => /^(E|Err:\d+):? /.test(line) || /^Err:/.test(lines[index - 1] ?? ''))
    .join('\n');

async function inFolder(
  workFolder: string,
  name: string,
  use: (folder: string) => Promise<void>,
): Promise<void> {
  mkdirSync(workFolder, { recursive: true, mode: 0o700 });
  const folder = mkdtempSync(join(workFolder, `${name}-`));
  try {
    await use(folder);
  } catch (thrown) {
    if (thrown instanceof SlaError) throw thrown;
    throw new SlaError('image-build-failed', `image ${name} could not be built`, {
      cause: messageOf(thrown),
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function tagOf(tags: ReadonlyMap<string, string>, name: string): string {
  const tag = tags.get(name);
  if (tag === undefined) throw new Error(`no recipe before this one is named ${name}`);
  return tag;
}

function hashPath(hash: ReturnType<typeof createHash>, path: string): void {
  const files = statSync(path).isDirectory() ? filesBelow(path) : [path];
  for (const file of files) {
    hash
      .update(`${relative(dirname(path), file)}\n${statSync(file).mode & 0o111}\n`)
      .update(readFileSync(file));
  }
}

const filesBelow = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && isShipped(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();

const isShipped = (path: string): boolean => !path.endsWith('.test.ts');

const tailOf = (output: string): string => output.trim().split('\n').slice(-12).join('\n');
