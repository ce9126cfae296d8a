import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { connect as connectSocket } from 'node:net';
import { pipeline } from 'node:stream/promises';
import type { HostName } from './application.ts';
import { SlaError } from './errors.ts';
import type { Bytes, Host, RemoteResult } from './host.ts';
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
    exec: async (argv, input) => succeeded(name, argv, await query(argv, input)),
    pipe: async (argv, bytes) => void succeeded(name, argv, await pipeHere(argv, bytes, signal)),
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

function succeeded(name: HostName, argv: Argv, result: RemoteResult): RemoteResult {
  if (result.exitCode === 0) return result;
  throw new SlaError(
    'remote-command-failed',
    `"${quoteArgv(argv)}" on ${name} ended with status ${result.exitCode}`,
    { cause: (result.stderr || result.stdout).trim() || 'it printed nothing' },
  );
}

interface Ended {
  readonly exitCode: number;
  readonly stderr: string;
}

async function runHere(
  argv: Argv,
  input: Parameters<Host['query']>[1],
  signal: AbortSignal | undefined,
): Promise<RemoteResult> {
  const stdout: Buffer[] = [];
  const child = start(argv, signal);
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  if (input === undefined || typeof input === 'string') child.stdin.end(input);
  else input.pipe(child.stdin);
  const ended = await endOf(child, signal);
  return { ...ended, stdout: textOf(stdout) };
}

async function pipeHere(
  argv: Argv,
  { input, output }: Bytes,
  signal: AbortSignal | undefined,
): Promise<RemoteResult> {
  const child = start(argv, signal);
  const ending = endOf(child, signal);
  // A command that ends before it has read all its input says why on stderr: the broken pipe is not the reason.
  const sent = input && pipeline(input, child.stdin).catch(() => undefined);
  if (!input) child.stdin.end();
  if (output) await pipeline(child.stdout, output);
  else child.stdout.resume();
  const ended = await ending;
  if (ended.exitCode === 0) await sent;
  return { ...ended, stdout: '' };
}

function start([program = '', ...words]: Argv, signal: AbortSignal | undefined) {
  signal?.throwIfAborted();
  const child = spawn(program, words, { stdio: 'pipe', ...(signal ? { signal } : {}) });
  // A program that does not read its input ends all the same.
  child.stdin.on('error', () => undefined);
  return child;
}

function endOf(child: ChildProcessWithoutNullStreams, signal: AbortSignal | undefined): Promise<Ended> {
  const { promise, resolve, reject } = Promise.withResolvers<Ended>();
  const stderr: Buffer[] = [];
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  child.on('error', (thrown) => {
    // As a shell says it of a program that is not there. One that was told to end is waited for.
    if (!signal?.aborted) resolve({ exitCode: 127, stderr: thrown.message });
  });
  child.on('close', (status, cause) => {
    if (signal?.aborted) reject(signal.reason);
    else resolve({ exitCode: status ?? (cause === null ? 255 : 128), stderr: textOf(stderr) });
  });
  return promise;
}

const textOf = (chunks: readonly Buffer[]): string => Buffer.concat(chunks).toString('utf8');
