import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterEach, describe, expect, test } from 'vitest';
import { runLocal } from './local.ts';

const sh = (script: string, options?: Parameters<typeof runLocal>[1]) =>
  runLocal(['sh', '-c', script], options);

describe('what a program leaves', () => {
  test.each([0, 1, 7, 255])('exit status %i is a result and not an error', async (status) => {
    expect((await sh(`exit ${status}`)).exitCode).toBe(status);
  });

  test('stdout and stderr stay apart', async () => {
    expect(await sh('echo out; echo err >&2')).toEqual({ exitCode: 0, stdout: 'out\n', stderr: 'err\n' });
  });

  test('a program that does not exist has failed, and says so', async () => {
    const { exitCode, stderr } = await runLocal(['/no/such program']);
    expect(exitCode).not.toBe(0);
    expect(stderr).toContain('/no/such program');
  });

  test('a program that a signal ended has failed', async () => {
    expect((await sh('kill -9 $$')).exitCode).not.toBe(0);
  });
});

describe('what a program gets', () => {
  test('its words, whatever is in them', async () => {
    const words = ['', ' ', "it's", '"', '$HOME', '`id`', '*', '\\', 'two\nlines', 'é漢', '-n', '>x'];
    const { stdout } = await runLocal(['printf', '%s|', ...words]);
    expect(stdout).toBe(words.map((word) => `${word}|`).join(''));
  });

  test('input, and its end', async () => {
    expect((await runLocal(['cat'], { input: 'a\nb' })).stdout).toBe('a\nb');
    expect((await runLocal(['cat'])).stdout).toBe('');
  });

  test('the environment of this process, with additions and without what is undefined', async () => {
    const env = { SLA_TEST: 'it is', HOME: undefined };
    expect((await sh('echo "$SLA_TEST/$' + '{HOME-unset}/$' + '{PATH:+set}"', { env })).stdout).toBe(
      'it is/unset/set\n',
    );
  });

  test('the folder it is to run in', async () => {
    const cwd = realpathSync(tmpdir());
    expect((await runLocal(['pwd'], { cwd })).stdout).toBe(`${cwd}\n`);
  });
});

describe('lines as they come', () => {
  test('whole lines of both streams, the unended last one too', async () => {
    const lines: string[] = [];
    await sh('printf "one\\ntw"; sleep 0.02; printf "o\\nthree"; echo four >&2', {
      onLine: (line) => lines.push(line),
    });
    expect(lines.toSorted()).toEqual(['four', 'one', 'three', 'two']);
  });

  test('the result holds all of it, letters of several bytes included', async () => {
    const lines: string[] = [];
    const { stdout } = await sh('for i in 1 2 3; do echo "✓ é漢"; done', {
      onLine: (line) => lines.push(line),
    });
    expect(stdout).toBe('✓ é漢\n'.repeat(3));
    expect(lines).toEqual(['✓ é漢', '✓ é漢', '✓ é漢']);
  });
});

describe('when we are told to stop', () => {
  const started: ChildProcess[] = [];
  afterEach(() => {
    for (const child of started.splice(0)) child.kill('SIGKILL');
  });

  /** Another process that runs a program and prints its lines; resolves with the first one. */
  async function running(script: string) {
    const code = `
      process.on('SIGINT', () => {});
      const { runLocal } = await import(${JSON.stringify(new URL('local.ts', import.meta.url).href)});
      await runLocal(['sh', '-c', ${JSON.stringify(script)}], { onLine: (line) => console.log(line) });`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', code], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    started.push(child);
    const printed: string[] = [];
    child.stdout.on('data', (data) => printed.push(String(data)));
    await once(child.stdout, 'data');
    return { child, printed };
  }

  test('a program is interrupted once, and has its time to stop', async () => {
    const { child, printed } = await running(
      'n=0; trap "n=\\$((n+1))" INT; echo ready; while [ $n = 0 ]; do sleep 0.02; done; sleep 0.2; echo "$n, and saved"',
    );
    child.kill('SIGINT');
    await once(child, 'close');
    expect(printed.join('')).toBe('ready\n1, and saved\n');
  });

  test('a program does not outlive us, even when we are killed', async () => {
    const { child, printed } = await running('echo $$; exec sleep 60');
    const pid = Number(printed[0]);
    expect(isAlive(pid)).toBe(true);
    child.kill('SIGKILL');
    await expect.poll(() => isAlive(pid)).toBe(false);
  });
});

/** A process that has ended but that nobody asked for is still listed. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
