import { describe, expect, test } from 'vitest';
import { cycles, strayPackages, wrongImports } from './importRules.ts';
import type { RepositoryFile } from './repository.ts';

const file = (path: string, ...imported: readonly string[]): RepositoryFile => ({
  path,
  text: imported.map((from, index) => `import { x${index} } from '${from}';\n`).join(''),
});

describe('the direction', () => {
  test.each([
    ['cli/up.ts', '../lab/create.ts'],
    ['cli/commands/up.ts', '../../core/errors.ts'],
    ['lab/create.ts', '../core/errors.ts'],
    ['lab/create.ts', './adapters/engine.ts'],
    ['lab/vote/app.ts', './page.ts'],
    ['core/lock.ts', './state.ts'],
    ['sla.config.ts', './cli/config.ts'],
    ['test/lab/lab.ts', '../../lab/config.ts'],
    ['bench/up.ts', '../cli/context.ts'],
  ])('%s may import %s', (path, target) => {
    expect(wrongImports(file(path, target))).toEqual([]);
  });

  test.each([
    ['core/lock.ts', '../lab/config.ts', 'lab/config.ts: core may not import lab'],
    ['core/lock.ts', '../cli/cli.ts', 'cli/cli.ts: core may not import cli'],
    ['monitor/look.ts', '../lab/hosts.ts', 'lab/hosts.ts: monitor may not import lab'],
    ['notify/mail.ts', '../cli/context.ts', 'cli/context.ts: notify may not import cli'],
    ['lab/images.ts', './vote/app.ts', 'lab/vote/app.ts: lab may not import lab/vote'],
    ['lab/worker/main.ts', '../vote/log.ts', 'lab/vote/log.ts: lab/worker may not import lab/vote'],
    ['lab/create.ts', '../test/fakes/host.ts', 'test/fakes/host.ts: lab may not import test'],
    ['cli/up.ts', '../test/lab/lab.ts', 'test/lab/lab.ts: cli may not import test'],
  ])('%s may not import %s', (path, target, problem) => {
    expect(wrongImports(file(path, target))).toEqual([`${path} imports ${problem}`]);
  });

  test.each([
    ["import type { A } from '../lab/a.ts';"],
    ["import '../lab/a.ts';"],
    ["export { a } from '../lab/a.ts';"],
    ["export * from '../lab/a.ts';"],
    ["import {\n  a,\n  type B,\n} from '../lab/a.ts';"],
    ["export const later = () => import('../lab/a.ts');"],
    ["import z from 'zod';\nimport { a } from '../lab/a.ts';"],
  ])('is seen in %j', (text) => {
    expect(wrongImports({ path: 'core/x.ts', text })).toHaveLength(1);
  });

  test('a text that only speaks of an import is none', () => {
    expect(wrongImports({ path: 'core/x.ts', text: "const a = 'import x from ../lab/a.ts';\n" })).toEqual([]);
  });
});

describe('cycles', () => {
  test('are told as the way around, once', () => {
    const files = [file('core/a.ts', './b.ts'), file('core/b.ts', './c.ts'), file('core/c.ts', './a.ts')];
    expect(cycles(files)).toEqual(['cycle: core/a.ts → core/b.ts → core/c.ts → core/a.ts']);
  });

  test('are found behind a file that is in none', () => {
    const files = [
      file('cli/x.ts', '../core/a.ts'),
      file('core/a.ts', './b.ts'),
      file('core/b.ts', './a.ts'),
    ];
    expect(cycles(files)).toEqual(['cycle: core/a.ts → core/b.ts → core/a.ts']);
  });

  test('a file that two others import is none', () => {
    const files = [
      file('core/a.ts', './b.ts', './c.ts'),
      file('core/b.ts', './d.ts'),
      file('core/c.ts', './d.ts'),
      file('core/d.ts'),
    ];
    expect(cycles(files)).toEqual([]);
  });
});

describe('packages that reach the outside', () => {
  test.each([
    ['monitor/vote.ts', 'socket.io-client'],
    ['lab/create.ts', 'dockerode'],
    ['cli/up.ts', 'zx'],
    ['backup/run.ts', 'pg'],
    ['backup/run.ts', 'pg/lib/client.js'],
  ])('%s may not import %s', (path, name) => {
    expect(strayPackages(file(path, name))).toHaveLength(1);
  });

  test.each([
    ['monitor/adapters/scores.ts', 'socket.io-client'],
    ['core/local.ts', 'zx'],
    ['lab/worker/postgres.ts', 'pg'],
    ['lab/improved/worker/postgres.ts', 'pg'],
    ['test/lab/mail.ts', 'nodemailer'],
    ['lab/config.ts', 'zod'],
    ['lab/words.ts', 'pg-format-of-another-name'],
  ])('%s may import %s', (path, name) => {
    expect(strayPackages(file(path, name))).toEqual([]);
  });

  test('loading one later is importing it', () => {
    const text = "const client = await import('dockerode');";
    expect(strayPackages({ path: 'lab/create.ts', text })).toEqual([
      'lab/create.ts imports dockerode, which belongs in an adapters folder',
    ]);
  });
});
