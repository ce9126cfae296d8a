import { availableParallelism, cpus, release, totalmem } from 'node:os';
import { readIfPresent } from '../core/state.ts';
import { outputOf } from './programs.ts';

/** What the figures were measured on, in one line each. */
export async function describeMachine(checkout: string): Promise<readonly string[]> {
  const terraform = (readIfPresent(`${checkout}/.sla/terraform`) ?? 'terraform').trim();
  return [
    `Date: ${new Date().toISOString().slice(0, 10)}`,
    `Commit: ${await commitOf(checkout)}`,
    `Processor: ${availableParallelism()} cores, ${cpus()[0]?.model.trim() ?? 'unknown'}`,
    `Memory: ${Math.round(totalmem() / 2 ** 30)} GiB`,
    `System: ${distribution()}, Linux ${release()}`,
    `Docker engine: ${await outputOf(['docker', 'version', '--format', '{{.Server.Version}}'])}`,
    `${(await outputOf([terraform, 'version'])).split('\n')[0]}`,
    `Node: ${process.version}`,
  ];
}

async function commitOf(checkout: string): Promise<string> {
  const commit = await outputOf(['git', '-C', checkout, 'rev-parse', '--short', 'HEAD']);
  const changes = await outputOf(['git', '-C', checkout, 'status', '--porcelain']);
  return changes === '' ? commit : `${commit}, with changes that are not committed`;
}

const distribution = (): string =>
  /^PRETTY_NAME="?([^"\n]+)/m.exec(readIfPresent('/etc/os-release') ?? '')?.[1] ?? 'unknown distribution';
