import { spawn } from 'node:child_process';
import type { Duplex, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
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
  const run = (argv: Argv, input: string | Readable = ''): Promise<RemoteResult> => {
    const line = quoteArgv(argv);
    lines.push(line);
    const env = path === undefined ? process.env : { ...process.env, PATH: `${path}:${process.env.PATH}` };
    const child = spawn('sh', ['-c', line], { env, stdio: 'pipe' });
    const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
    child.stdout.on('data', (chunk) => stdout.push(chunk));
    child.stderr.on('data', (chunk) => stderr.push(chunk));
    // A command that does not read its input ends all the same.
    child.stdin.on('error', () => undefined);
    if (typeof input === 'string') child.stdin.end(input);
    else input.pipe(child.stdin);
    const { promise, resolve } = Promise.withResolvers<RemoteResult>();
    child.on('close', (status) =>
      resolve({ exitCode: status ?? 255, stdout: textOf(stdout), stderr: textOf(stderr) }),
    );
    return promise;
  };
  return {
    name,
    lines,
    query: run,
    exec: async (argv, input) => {
      const result = await run(argv, input);
      if (result.exitCode !== 0) throw new Error(`status ${result.exitCode}: ${result.stderr}`);
      return result;
    },
    pipe: async (argv, { input, output }) => {
      lines.push(quoteArgv(argv));
      const child = spawn('sh', ['-c', quoteArgv(argv)], { stdio: ['pipe', 'pipe', 'inherit'] });
      const { promise: ended, resolve } = Promise.withResolvers<number>();
      child.on('close', (status) => resolve(status ?? 255));
      const sent = input ? pipeline(input, child.stdin).catch(() => undefined) : child.stdin.end();
      if (output) await pipeline(child.stdout, output);
      else child.stdout.resume();
      const status = await ended;
      if (status !== 0) throw new Error(`status ${status}`);
      await sent;
    },
    connect: (): Promise<Duplex> => Promise.reject(new Error('nothing listens')),
    close: () => undefined,
  };
}

const textOf = (chunks: readonly Buffer[]): string => Buffer.concat(chunks).toString('utf8');
