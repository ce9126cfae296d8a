import { posix } from 'node:path';
import { type RepositoryFile, repositoryFiles } from './repository.ts';

const adapterPackages = [
  'ssh2',
  'node-ssh',
  'pg',
  'ioredis',
  'dockerode',
  'nodemailer',
  'socket.io',
  'socket.io-client',
  'zx',
];

/** Every import against the direction cli → capability → core, every cycle and every stray package, in words. */
export async function importProblems(checkout: string): Promise<readonly string[]> {
  const files = (await repositoryFiles(checkout, '.ts')).filter(({ path }) => !path.endsWith('.test.ts'));
  return [...files.flatMap(wrongImports), ...cycles(files), ...files.flatMap(strayPackages)];
}

/** Imports of one file that go the wrong way. */
export function wrongImports(file: RepositoryFile): readonly string[] {
  const from = placeOf(file.path);
  return importsOf(file).flatMap((target) => {
    const to = placeOf(target);
    if (isAllowed(from, to)) return [];
    return [`${file.path} imports ${target}: ${from} may not import ${to}`];
  });
}

/** Each cycle of imports once, as the way around it. */
export function cycles(files: readonly RepositoryFile[]): readonly string[] {
  const graph = new Map(files.map((file) => [file.path, importsOf(file)]));
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const at = trail.indexOf(path);
    if (at >= 0) found.push(`cycle: ${[...trail.slice(at), path].join(' → ')}`);
    if (at >= 0 || done.has(path)) return;
    for (const next of graph.get(path) ?? []) visit(next, [...trail, path]);
    done.add(path);
  };
  for (const path of graph.keys()) visit(path, []);
  return found;
}

function isAllowed(from: string, to: string): boolean {
  if (from === to || to === 'core') return true;
  if (from === 'cli' || from === 'test' || from === 'bench') return to !== 'test' && to !== 'bench';
  // The one file a team edits takes its types from the CLI.
  return from === 'root' && to === 'cli';
}

/** The room a file is in: a top-level folder, or `root`. The programs of the client stand for themselves. */
function placeOf(path: string): string {
  const [top = '', second = ''] = path.split('/');
  if (!path.includes('/')) return 'root';
  if (top === 'lab' && ['vote', 'worker', 'result'].includes(second)) return `lab/${second}`;
  return top;
}

/** Relative imports as paths in the repository; type imports count, and so do those at run time. */
const importsOf = ({ path, text }: RepositoryFile): readonly string[] =>
  specifiersOf(text)
    .filter((specifier) => specifier.startsWith('.'))
    .map((specifier) => posix.normalize(posix.join(posix.dirname(path), specifier)));

/** What a file imports, as it is written there. */
const specifiersOf = (text: string): readonly string[] =>
  [...text.matchAll(/^(?:import|export)\b(?:[^'"]*?from)?\s*'([^']+)'|\bimport\(\s*'([^']+)'/gms)].map(
    ([, stated, loaded]) => stated ?? loaded ?? '',
  );

/** Packages that only files of an adapters folder, or of core, may import. */
export function strayPackages(file: RepositoryFile): readonly string[] {
  if (/(^|\/)adapters\/|^core\/|^test\/|^bench\/|^lab\/(improved\/)?(vote|worker|result)\//.test(file.path))
    return [];
  const imported = specifiersOf(file.text);
  return adapterPackages
    .filter((name) => imported.some((specifier) => specifier === name || specifier.startsWith(`${name}/`)))
    .map((name) => `${file.path} imports ${name}, which belongs in an adapters folder`);
}
