import { posix } from 'node:path';
import { type RepositoryFile, repositoryFiles } from './repository.ts';

const capabilities = ['lab', 'provision', 'backup', 'monitor', 'chaos', 'notify', 'rex'];
const adapterPackages = ['ssh2', 'node-ssh', 'pg', 'ioredis', 'dockerode', 'nodemailer'];

/** Every import against the direction cli → capability → core, and every cycle, in words. */
export async function importProblems(checkout: string): Promise<readonly string[]> {
  const files = (await repositoryFiles(checkout, '.ts')).filter(({ path }) => !path.endsWith('.test.ts'));
  return [...files.flatMap(wrongImports), ...cycles(files)];
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
  return top === 'cli' || top === 'core' || capabilities.includes(top) ? top : top;
}

/** Relative imports as paths in the repository; type imports count. */
function importsOf({ path, text }: RepositoryFile): readonly string[] {
  const specifiers = [...text.matchAll(/^(?:import|export)\b[^'"]*?from\s+'(\.[^']+)'/gms)].map(
    ([, target]) => target ?? '',
  );
  return specifiers.map((target) => posix.normalize(posix.join(posix.dirname(path), target)));
}

/** Packages that only files of an adapters folder, or of core, may import. */
export function strayPackages({ path, text }: RepositoryFile): readonly string[] {
  if (/(^|\/)adapters\/|^core\/|^test\/|^bench\/|^lab\/(vote|worker|result)\//.test(path)) return [];
  return adapterPackages
    .filter((name) => new RegExp(`from '${name}'`).test(text))
    .map((name) => `${path} imports ${name}, which belongs in an adapters folder`);
}
