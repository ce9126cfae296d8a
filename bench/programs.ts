import { spawn } from 'node:child_process';
import { type LocalOptions, runLocal } from '../core/local.ts';
import type { Argv } from '../core/shell.ts';

/** Trimmed stdout of a program that must succeed. */
export async function outputOf(argv: Argv, options: LocalOptions = {}): Promise<string> {
  const { exitCode, stdout, stderr } = await runLocal(argv, options);
  if (exitCode !== 0) throw new Error(`${argv.join(' ')} ended with ${exitCode}\n${stdout}${stderr}`);
  return stdout.trim();
}

export interface Timed {
  /** From the start of the process to its end. */
  readonly seconds: number;
  /** From the start to the first line that fits `until`, when one did. */
  readonly secondsUntil?: number | undefined;
}

/** Runs a program that must succeed, as a shell does, and takes its time. */
export function timed(
  argv: Argv,
  { cwd, env, until }: { readonly cwd: string; readonly env: NodeJS.ProcessEnv; readonly until?: RegExp },
): Promise<Timed> {
  const [program = '', ...words] = argv;
  const started = performance.now();
  const elapsed = () => (performance.now() - started) / 1000;
  const child = spawn(program, words, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let secondsUntil: number | undefined;
  const hear = (chunk: Buffer) => {
    output += chunk;
    if (secondsUntil === undefined && until?.test(output)) secondsUntil = elapsed();
  };
  child.stdout.on('data', hear);
  child.stderr.on('data', hear);
  const { promise, resolve, reject } = Promise.withResolvers<Timed>();
  child.on('error', reject);
  child.on('close', (code) => {
    if (code === 0) resolve({ seconds: elapsed(), secondsUntil });
    else reject(new Error(`${argv.join(' ')} ended with ${code}\n${output}`));
  });
  return promise;
}
