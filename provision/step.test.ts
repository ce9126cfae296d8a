import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { RemoteResult } from '../core/host.ts';
import { type LocalHost, localHost } from '../test/fakes/localHost.ts';
import { applySteps, planSteps, type Step } from './step.ts';

let folder: string;
let host: LocalHost;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sla-step-'));
  host = localHost('db');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** What a step was given to decide with. */
async function readOf(script: string, ...words: readonly string[]): Promise<RemoteResult> {
  const seen: RemoteResult[] = [];
  const read = ['sh', '-c', script, 'sh', ...words];
  const diff = (result: RemoteResult) => {
    seen.push(result);
    return [];
  };
  await planSteps(host, [{ name: 'x', read, diff }]);
  return seen[0] ?? expect.unreachable('the step was not asked');
}

const file = (name: string): Step => ({
  name: `${name} there`,
  read: ['cat', join(folder, name)],
  diff: ({ exitCode }) =>
    exitCode === 0
      ? []
      : [{ what: `make ${name}`, run: ['sh', '-c', 'echo made >>"$1"', 'sh', join(folder, name)] }],
});

test.each([
  ['one line', 'echo enabled', 0, 'enabled'],
  ['several lines', 'printf "a\\n\\nb\\n"', 0, 'a\n\nb'],
  ['nothing', 'true', 0, ''],
  ['a status', 'echo disabled; exit 1', 1, 'disabled'],
  ['a status above 127', 'exit 200', 200, ''],
  ['what went to stderr', 'echo "no such unit" >&2; exit 4', 4, 'no such unit'],
  ['a number on the first line', 'echo 7; exit 3', 3, '7'],
  ['letters of several bytes', 'echo "é → 漢"', 0, 'é → 漢'],
  ['backslashes and percent signs', "echo '%s\\n\\0'", 0, '%s\\n\\0'],
])('a step is given %s', async (_, script, exitCode, stdout) => {
  // Not every echo leaves backslashes alone.
  const portable = script.replace(/^echo '(.*)'$/, `printf %s '$1'`);
  expect(await readOf(portable)).toEqual({ exitCode, stdout, stderr: '' });
});

test('a NUL in an output does not end it', async () => {
  expect((await readOf('printf "a\\0b"')).stdout).toBe('ab');
});

test('the words of a step reach its command as they are', async () => {
  expect((await readOf('printf "%s|" "$@"', "it's", '$HOME', 'a b', '')).stdout).toBe("it's|$HOME|a b||");
});

test('a program that is missing is a status and does not stop the others', async () => {
  const plans = await planSteps(host, [
    { name: 'first', read: ['no-such-program'], diff: ({ exitCode }) => [{ what: `${exitCode}`, run: [] }] },
    { name: 'second', read: ['echo', 'there'], diff: ({ stdout }) => [{ what: stdout, run: [] }] },
  ]);
  expect(plans).toEqual([
    { step: 'first', changes: [{ what: '127', run: [] }] },
    { step: 'second', changes: [{ what: 'there', run: [] }] },
  ]);
});

test('all steps are read in one round trip', async () => {
  await planSteps(host, ['a', 'b', 'c'].map(file));
  expect(host.lines).toHaveLength(1);
});

test('no step at all is no plan', async () => {
  expect(await planSteps(host, [])).toEqual([]);
});

test('a plan changes nothing', async () => {
  const [planned] = await planSteps(host, [file('a')]);
  expect(planned?.changes.map(({ what }) => what)).toEqual(['make a']);
  expect(existsSync(join(folder, 'a'))).toBe(false);
});

test('changes are made in the order of the steps, and a second time there are none', async () => {
  const steps = ['a', 'b'].map(file);
  expect((await applySteps(host, steps)).map(({ step }) => step)).toEqual(['a there', 'b there']);
  expect(host.lines.slice(1).map((line) => line.at(-1))).toEqual(['a', 'b']);
  expect(await applySteps(host, steps)).toEqual([]);
  expect(readFileSync(join(folder, 'a'), 'utf8')).toBe('made\n');
});

test('only steps that had something to do are told', async () => {
  await applySteps(host, [file('a')]);
  expect((await applySteps(host, [file('a'), file('b')])).map(({ step }) => step)).toEqual(['b there']);
});

test('a change that fails ends it: what comes after may need it', async () => {
  const failing: Step = { name: 'x', read: ['true'], diff: () => [{ what: 'fail', run: ['false'] }] };
  await expect(applySteps(host, [failing, file('a')])).rejects.toThrow('status 1');
  expect(existsSync(join(folder, 'a'))).toBe(false);
});

test('an answer that is too short is a bug and names the step', async () => {
  const mute = { ...host, exec: async () => ({ exitCode: 0, stdout: '', stderr: '' }) };
  await expect(planSteps(mute, [file('a')])).rejects.toThrow('no answer for the step "a there" on db');
});
