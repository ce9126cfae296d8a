import { existsSync } from 'node:fs';
import { $, type ProcessOutput } from 'zx';
import type { Argv } from './shell.ts';

export interface LocalOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: string;
  /** Each whole line the program prints on stdout or stderr, as it comes. */
  readonly onLine?: (line: string) => void;
  readonly signal?: AbortSignal;
}

export interface LocalResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program of this machine and waits for its end; a failure is a result, not an error. */
export async function runLocal(argv: Argv, options: LocalOptions = {}): Promise<LocalResult> {
  const { cwd, env, input, onLine, signal } = options;
  const child = $({
    quiet: true,
    nothrow: true,
    env: { ...process.env, ...env } as NodeJS.ProcessEnv,
    ...(cwd === undefined ? {} : { cwd }),
    input: input ?? '',
    ...(signal === undefined ? {} : { signal, killSignal: 'SIGINT' }),
  })`${[...dyingWithUs, ...argv]}`;
  if (onLine) for (const stream of [child.stdout, child.stderr]) emitLines(stream, onLine);
  const output: ProcessOutput = await child;
  return { exitCode: output.exitCode ?? 1, stdout: output.stdout, stderr: output.stderr };
}

/** Whether a program of this name can be started. */
export async function isInstalled(program: string): Promise<boolean> {
  return (await runLocal(['which', program])).exitCode === 0;
}

// A child must not go on changing things when we were killed: the kernel interrupts it with us.
const dyingWithUs: Argv = existsSync('/usr/bin/setpriv')
  ? ['/usr/bin/setpriv', '--pdeathsig', 'INT', '--']
  : [];

function emitLines(stream: NodeJS.ReadableStream, onLine: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  });
  stream.on('end', () => {
    if (rest !== '') onLine(rest);
  });
}
