import { chmodSync, copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { SlaError } from '../core/errors.ts';
import { copyInto, dockerfileRecipe, type ImageBuild, type ImageRecipe, imageError } from '../core/images.ts';
import { runLocal } from '../core/local.ts';
import type { AptMirror } from './mirror.ts';

const folder = join(import.meta.dirname, 'images');
const checkout = dirname(import.meta.dirname);

/** Everything the lab's hosts are made of. `mirror` is where packages come from; it does not change a tag. */
export function labImages(mirror: AptMirror | undefined): readonly ImageRecipe[] {
  return [
    debianImage(mirror),
    delivered('base', { BASE: 'debian' }, 'base'),
    dockerfileRecipe(
      dockerfile('node'),
      'node',
      { BASE: 'debian' },
      { inputs: [nodeVersion(), process.arch], assemble: addNode },
    ),
    twinImage(),
    delivered('vote', { BASE: 'twin' }),
    delivered('result', { BASE: 'twin' }),
    delivered('mailbox', { BASE: 'debian' }, 'mailbox'),
    delivered('db', { BASE: 'base' }, 'db'),
    delivered('docker', { BASE: 'base' }, 'docker'),
    appImage(),
  ];
}

const dockerfile = (name: string): string => join(folder, `${name}.Dockerfile`);

const delivered = (name: string, from: Readonly<Record<string, string>>, files?: string): ImageRecipe =>
  dockerfileRecipe(dockerfile(name), name, from, files === undefined ? {} : { folder: join(folder, files) });

// The libraries are what Node's own binary is linked against.
const packages = 'ca-certificates,libstdc++6,libatomic1';

/** Debian 13, no more than apt and Node need. */
const debianImage = (mirror: AptMirror | undefined): ImageRecipe => ({
  name: 'debian',
  from: {},
  sources: [],
  inputs: ['trixie', process.arch, packages],
  build: async ({ tag, folder: work }) => {
    const archive = join(work, 'debian.tar');
    const made = await runLocal([
      'mmdebstrap',
      '--variant=minbase',
      `--include=${packages}`,
      'trixie',
      archive,
      ...sourceLines(mirror),
    ]);
    if (made.exitCode !== 0) throw imageError('debian', made.stderr);
    const imported = await runLocal(['docker', 'import', '--change', 'LABEL sla.image=debian', archive, tag]);
    if (imported.exitCode !== 0) throw imageError('debian', imported.stderr);
  },
});

const sourceLines = (mirror: AptMirror | undefined): readonly string[] =>
  mirror
    ? [
        `deb ${mirror.main} trixie main`,
        `deb ${mirror.main} trixie-updates main`,
        `deb ${mirror.security} trixie-security main`,
      ]
    : [];

function nodeVersion(): string {
  const { version } = JSON.parse(readFileSync(join(checkout, 'node_modules/node/package.json'), 'utf8'));
  return String(version);
}

async function addNode({ folder: work }: ImageBuild): Promise<void> {
  copyFileSync(join(checkout, 'node_modules/node/bin/node'), join(work, 'node'));
  chmodSync(join(work, 'node'), 0o755);
}

const programs = ['vote', 'worker', 'result'].map((name) => join(import.meta.dirname, name));
const lockFiles = ['package.json', 'package-lock.json', 'lab/package.json'].map((file) =>
  join(checkout, file),
);

/** The three programs with the packages that the lock file pins for them, and no others. */
const twinImage = (): ImageRecipe => {
  const recipe = dockerfileRecipe(dockerfile('twin'), 'twin', { BASE: 'node' }, { assemble: addPrograms });
  return { ...recipe, sources: [...recipe.sources, ...programs, ...lockFiles] };
};

async function addPrograms({ folder: work }: ImageBuild): Promise<void> {
  const app = join(work, 'app');
  mkdirSync(join(app, 'lab'), { recursive: true });
  copyInto(app, join(checkout, 'package.json'));
  copyInto(app, join(checkout, 'package-lock.json'));
  copyInto(join(app, 'lab'), join(checkout, 'lab/package.json'));
  const installed = await runLocal(
    ['npm', 'ci', '--workspace', 'lab', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund'],
    { cwd: app },
  );
  if (installed.exitCode !== 0) {
    throw new SlaError('mirror-failed', 'the npm packages of the voting application cannot be installed', {
      cause: installed.stderr.trim(),
      remedy: 'check the npm registry of this machine with "npm ping", then run the same command again',
    });
  }
  for (const program of programs) copyInto(app, program);
}

/** The app host carries the images of vote and result, as a client ships them: in an archive. */
const appImage = (): ImageRecipe =>
  dockerfileRecipe(
    dockerfile('app'),
    'app',
    { BASE: 'docker', TWIN: 'twin', VOTE: 'vote', RESULT: 'result' },
    { folder: join(folder, 'app'), assemble: addArchive },
  );

async function addArchive({ folder: work, parents }: ImageBuild): Promise<void> {
  const shipped = [
    [parents.VOTE, 'voting/vote:latest'],
    [parents.RESULT, 'voting/result:latest'],
  ] as const;
  for (const [tag, name] of shipped) await docker(['tag', String(tag), name]);
  await docker(['save', '--output', join(work, 'images.tar'), ...shipped.map(([, name]) => name)]);
  await docker(['rmi', '--no-prune', ...shipped.map(([, name]) => name)]);
}

async function docker(words: readonly string[]): Promise<void> {
  const result = await runLocal(['docker', ...words]);
  if (result.exitCode !== 0) throw imageError('app', result.stderr);
}
