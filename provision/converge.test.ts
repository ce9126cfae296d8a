import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { localHost } from '../test/fakes/localHost.ts';
import { convergeHost } from './converge.ts';
import { file } from './properties/file.ts';
import { runsScript, scriptOf } from './script.ts';
import { Secret } from './secret.ts';
import type { Phase, Step } from './types.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sla-converge-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
  rmSync(`${folder}.lock`, { force: true });
});

const { uid, gid } = userInfo();
const owner = uid === 0 ? 'root:root' : `${uid}:${gid}`;
const path = (name: string) => join(folder, name);
const holding = (name: string, content: string | Secret, check?: readonly string[]): Step =>
  file({ path: path(name), content, why: 'a test', owner, ...(check ? { check } : {}) });
const failing = (name: string): Step => ({
  name,
  why: 'a test',
  asks: [],
  diff: () => [{ kind: 'run', what: name, run: ['sh', '-c', 'echo so it is; exit 3'] }],
});
const converge = (phases: readonly Phase[], isDryRun = false, operator = 'a test') =>
  convergeHost(
    { host: 'app', phases },
    { open: async () => localHost('app') },
    { isDryRun, narrate: () => undefined, operator, lockFile: `${folder}.lock` },
  );
const inOnePhase = (...steps: readonly Step[]): readonly Phase[] => [{ name: 'test', steps }];

describe.runIf(uid === 0)('a converge', () => {
  it('needs two trips for changes and one when there is nothing to do', async () => {
    const phases = inOnePhase(holding('a', "it's\n$HOME `x` é\n"), holding('sub/b', ''));
    expect((await converge(phases)).trips).toBe(2);
    expect(readFileSync(path('a'), 'utf8')).toBe("it's\n$HOME `x` é\n");
    const again = await converge(phases);
    expect([again.trips, again.phases, again.stepCount]).toEqual([1, [], 2]);
  });

  it('changes nothing in a dry run, and shows which lines differ', async () => {
    writeFileSync(path('a'), 'one\ntwo\n');
    const { phases, trips } = await converge(inOnePhase(holding('a', 'one\nthree\n')), true);
    expect(trips).toBe(1);
    expect(phases[0]?.steps[0]?.changes[0]).toMatchObject({ detail: ['- two', '+ three'] });
    expect(readFileSync(path('a'), 'utf8')).toBe('one\ntwo\n');
  });

  it('is told who changes the host already, and since when', async () => {
    const slow: Step = {
      name: 'slow',
      why: 'a test',
      asks: [{ kind: 'file', path: path('done') }],
      diff: (facts) =>
        facts.file(path('done'))
          ? []
          : [
              {
                kind: 'run',
                what: 'wait',
                run: ['sh', '-c', `touch ${path('begun')}; sleep 1; touch ${path('done')}`],
              },
            ],
    };
    const first = converge(inOnePhase(slow));
    while (!readdirSync(folder).includes('begun')) await sleep(10);
    await expect(converge(inOnePhase(holding('a', 'x')), false, 'another')).rejects.toMatchObject({
      code: 'lab-busy',
      message: expect.stringMatching(/^app is being changed by a test, since \d{4}-\d\d-\d\dT/),
    });
    expect((await first).phases.length).toBe(1);
    expect((await converge(inOnePhase(holding('a', 'x')))).phases.length).toBe(1);
  });

  it('mends the mode of a file', async () => {
    writeFileSync(path('a'), 'x', { mode: 0o666 });
    await converge(inOnePhase(holding('a', 'x')));
    expect((statSync(path('a')).mode & 0o777).toString(8)).toBe('644');
  });

  it('never shows a secret', async () => {
    const plan = await converge(inOnePhase(holding('key', new Secret('hunter2'))), true);
    expect(JSON.stringify(plan)).not.toContain('hunter2');
    await converge(inOnePhase(holding('key', new Secret('hunter2'))));
    expect(readFileSync(path('key'), 'utf8')).toBe('hunter2');
  });

  it('stops at a step that fails, names its command and output, and goes on from there', async () => {
    const before = holding('before', 'b');
    const after = holding('after', 'a');
    const error = await converge(inOnePhase(before, failing('broken'), after)).catch((thrown) => thrown);
    expect(error).toMatchObject({ code: 'remote-command-failed', cause: 'so it is' });
    expect(error.remedy).toContain('sla converge app');
    expect(readdirSync(folder)).toEqual(['before']);
    const { phases } = await converge(inOnePhase(before, after));
    expect(phases[0]?.steps.map(({ step }) => step.name)).toEqual([after.name]);
  });

  it('puts the old file back when the new one fails its check', async () => {
    writeFileSync(path('a'), 'good');
    const checked = (content: string) => inOnePhase(holding('a', content, ['grep', '-q', 'good', path('a')]));
    await expect(converge(checked('bad'))).rejects.toMatchObject({ code: 'remote-command-failed' });
    expect(readFileSync(path('a'), 'utf8')).toBe('good');
    await converge(checked('better, good'));
    expect(readdirSync(folder)).toEqual(['a']);
  });

  it('reads a later phase again after an earlier one has changed', async () => {
    const copy: Step = {
      name: 'copy',
      why: 'a test',
      asks: [
        { kind: 'file', path: path('a') },
        { kind: 'file', path: path('copy') },
      ],
      diff: (facts) =>
        facts.file(path('a'))?.text === facts.file(path('copy'))?.text
          ? []
          : [{ kind: 'run', what: 'copy', run: ['cp', path('a'), path('copy')] }],
    };
    const phases = [
      { name: 'first', steps: [holding('a', 'x')] },
      { name: 'second', steps: [copy] },
    ];
    expect((await converge(phases)).trips).toBe(3);
    expect((await converge(phases)).trips).toBe(1);
  });

  it('only looks at a phase that other hosts come before, and says that it waits', async () => {
    const phases: readonly Phase[] = [
      ...inOnePhase(holding('a', 'x')),
      { name: 'last', steps: [holding('b', 'y')], after: ['db'] },
    ];
    const putOff = await convergeHost(
      { host: 'app', phases },
      { open: async () => localHost('app') },
      {
        isDryRun: false,
        narrate: () => undefined,
        operator: 'a test',
        lockFile: `${folder}.lock`,
        putsOff: true,
      },
    );
    expect([putOff.waiting.map(({ name }) => name), readdirSync(folder)]).toEqual([['last'], ['a']]);
    expect((await converge(phases)).waiting).toEqual([]);
    expect(readdirSync(folder)).toEqual(['a', 'b']);
  });

  it('says so when a change does not take', async () => {
    const stubborn: Step = {
      name: 'stubborn',
      why: 'a test',
      asks: [],
      diff: () => [{ kind: 'run', what: 'try', run: ['true'] }],
    };
    await expect(converge(inOnePhase(stubborn))).rejects.toThrow('is not as it was just made: "stubborn"');
  });

  it('does nothing at all with a script of which the end was cut off', async () => {
    const whole = scriptOf([{ kind: 'run', run: ['touch', path('a')], owes: [] }], []);
    for (const cut of [20, 8, 5, 1]) await localHost('app').query(['sh', '-c', whole.slice(0, -cut)]);
    expect(readdirSync(folder)).toEqual([]);
    await localHost('app').exec(runsScript, whole);
    expect(readdirSync(folder)).toEqual(['a']);
  });
});
