import { spawn } from 'node:child_process';
import { connect as connectSocket } from 'node:net';
import type { HostName } from './application.ts';
import { SlaError } from './errors.ts';
import type { Host, RemoteResult } from './host.ts';
import { type Argv, quoteArgv } from './shell.ts';

/**
 * The machine that this process runs on, as the agent sees it: what the CLI does over SSH, done here. Programs end
 * with the signal, if there is one; those of a service end with it anyway.
 */
export function localHost(name: HostName, signal?: AbortSignal): Host {
  const query = (argv: Argv, input?: Parameters<Host['query']>[1]) => runHere(argv, input, signal);
  return {
    name,
    query,
    exec: async (argv, input) => {
      const result = await query(argv, input);
      if (result.exitCode === 0) return result;
      throw new SlaError(
        'remote-command-failed',
        `"${quoteArgv(argv)}" on ${name} ended with status ${result.exitCode}`,
        { cause: (result.stderr || result.stdout).trim() || 'it printed nothing' },
      );
    },
    connect: (place) => {
      const socket =
        typeof place === 'number' ? connectSocket(place, '127.0.0.1') : connectSocket({ path: place });
      const { promise, resolve, reject } = Promise.withResolvers<typeof socket>();
      socket.once('connect', () => resolve(socket)).once('error', reject);
      return promise;
    },
    close: () => undefined,
  };
}

async function runHere(
  [program = '', ...words]: Argv,
  input: Parameters<Host['query']>[1],
  signal: AbortSignal | undefined,
): Promise<RemoteResult> {
  const { promise, resolve, reject } = Promise.withResolvers<RemoteResult>();
  signal?.throwIfAborted();
  const child = spawn(program, words, { stdio: 'pipe', ...(signal ? { signal } : {}) });
  const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  // A program that does not read its input ends all the same.
  child.stdin.on('error', () => undefined);
  if (input === undefined || typeof input === 'string') child.stdin.end(input);
  else input.pipe(child.stdin);
  child.on('error', (thrown) => {
    // As a shell says it of a program that is not there. One that was told to end is waited for.
    if (!signal?.aborted) resolve({ exitCode: 127, stdout: '', stderr: thrown.message });
  });
  child.on('close', (status, cause) => {
    if (signal?.aborted) reject(signal.reason);
    else
      resolve({
        exitCode: status ?? (cause === null ? 255 : 128),
        stdout: textOf(stdout),
        stderr: textOf(stderr),
      });
  });
  return promise;
}

const textOf = (chunks: readonly Buffer[]): string => Buffer.concat(chunks).toString('utf8');
