import { spawnSync } from 'node:child_process';
import type { Duplex } from 'node:stream';
import type { HostName } from '../../core/application.ts';
import type { Host, RemoteResult } from '../../core/host.ts';
import { type Argv, quoteArgv } from '../../core/shell.ts';

/** A host that is this machine: what SSH would give the shell over there, the shell here gets. */
export interface LocalHost extends Host {
  /** Command lines so far. */
  readonly lines: readonly string[];
}

/** `path` stands before the PATH of this process, so that a test can put its own programs there. */
export function localHost(name: HostName, path?: string): LocalHost {
  const lines: string[] = [];
  const run = (argv: Argv, input = ''): RemoteResult => {
    const line = quoteArgv(argv);
    lines.push(line);
    const env = path === undefined ? process.env : { ...process.env, PATH: `${path}:${process.env.PATH}` };
    const { status, stdout, stderr } = spawnSync('sh', ['-c', line], { input, env, encoding: 'utf8' });
    return { exitCode: status ?? 255, stdout, stderr };
  };
  return {
    name,
    lines,
    query: async (argv) => run(argv),
    exec: async (argv, input) => {
      const result = run(argv, input);
      if (result.exitCode !== 0) throw new Error(`status ${result.exitCode}: ${result.stderr}`);
      return result;
    },
    connect: (): Promise<Duplex> => Promise.reject(new Error('nothing listens')),
    close: () => undefined,
  };
}
