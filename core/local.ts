import { existsSync } from 'node:fs';
import { $ } from 'zx';
import type { Argv } from './shell.ts';

export interface LocalOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: string;
  /** Each whole line the program prints on stdout or stderr, as it comes. */
  readonly onLine?: (line: string) => void;
}

export interface LocalResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a program of this machine and waits for its end; a failure is a result, not an error. An interrupt of
 * ours reaches it once, and it has the time it needs to stop: Terraform takes a second one for an order to drop
 * everything. When we are killed, the kernel interrupts it.
 */
export async function runLocal(
  argv: Argv,
  { cwd, env, input, onLine }: LocalOptions = {},
): Promise<LocalResult> {
  // No prefix: the shell then becomes the program, whose parent must be this process.
  const child = $({
    quiet: true,
    nothrow: true,
    detached: true,
    prefix: '',
    postfix: '',
    env: { ...process.env, ...env } as NodeJS.ProcessEnv,
    ...(cwd === undefined ? {} : { cwd }),
    // Without input its end comes at once: whatever asks a question must not wait for an answer.
    ...(input === undefined || input === '' ? { stdio: ['ignore', 'pipe', 'pipe'] } : { input }),
  })`${[...dyingWithUs, ...argv]}`;
  if (onLine) for (const stream of [child.stdout, child.stderr]) emitLines(stream, onLine);
  const interrupt = () => {
    if (child.pid !== undefined) interruptGroup(child.pid);
  };
  process.once('SIGINT', interrupt);
  try {
    const { exitCode, stdout, stderr } = await child;
    return { exitCode: exitCode ?? 1, stdout, stderr };
  } finally {
    process.removeListener('SIGINT', interrupt);
  }
}

function interruptGroup(leader: number): void {
  try {
    process.kill(-leader, 'SIGINT');
  } catch (thrown) {
    // It has just ended by itself.
    if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'ESRCH')) throw thrown;
  }
}

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
