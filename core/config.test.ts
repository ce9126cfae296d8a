import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { loadConfig, problemsOf } from './config.ts';

const schema = z.strictObject({
  name: z.string().default('sla'),
  hosts: z
    .strictObject({
      app: z
        .strictObject({ cpus: z.number().min(1).default(1), memoryMb: z.int().default(1024) })
        .prefault({}),
    })
    .prefault({}),
});

test('a mistake is named by its path and the key that was meant', () => {
  expect(problemsOf(schema, { hosts: { app: { memoryMB: 512 } } })).toEqual([
    { path: 'hosts.app.memoryMB', message: 'unknown setting, did you mean "memoryMb"?' },
  ]);
});

test('a key that resembles nothing is answered with those that are known there', () => {
  expect(problemsOf(schema, { hosts: { app: { volume: 1 } } })).toEqual([
    { path: 'hosts.app.volume', message: 'unknown setting; known here: cpus, memoryMb' },
  ]);
});

test('all mistakes are told at once', () => {
  const problems = problemsOf(schema, { nam: 'x', hosts: { app: { cpus: 'two', memorymb: 1 } } });
  expect(problems.map(({ path }) => path).toSorted()).toEqual([
    'hosts.app.cpus',
    'hosts.app.memorymb',
    'nam',
  ]);
});

test('several unknown keys of one object are several mistakes', () => {
  expect(problemsOf(schema, { nam: 'x', host: {} })).toEqual([
    { path: 'nam', message: 'unknown setting, did you mean "name"?' },
    { path: 'host', message: 'unknown setting, did you mean "hosts"?' },
  ]);
});

test.each([
  ['text for a number', { hosts: { app: { cpus: 'two' } } }, 'hosts.app.cpus', /expected number/],
  ['a number out of range', { hosts: { app: { cpus: 0.1 } } }, 'hosts.app.cpus', />=1/],
  ['no object at all', 'sla', '(top)', /expected object/],
  ['nothing', undefined, '(top)', /expected object/],
])('%s is a mistake with a path', (_, value, path, message) => {
  expect(problemsOf(schema, value)).toEqual([{ path, message: expect.stringMatching(message) }]);
});

test('a key of a record that is wrong in itself is told why', () => {
  const ports = z.strictObject({ ports: z.record(z.string().regex(/^\d+$/, 'a port number'), z.int()) });
  expect(problemsOf(ports, { ports: { http: 80 } })).toEqual([
    { path: 'ports.http', message: 'a port number' },
  ]);
});

test('an empty configuration is right', () => {
  expect(problemsOf(schema, {})).toEqual([]);
});

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sla-config-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

test('a file is loaded with its defaults filled in', async () => {
  const path = file('good.ts', 'const name: string = "other";\nexport default { name };\n');
  expect(await loadConfig(schema, path)).toEqual({
    name: 'other',
    hosts: { app: { cpus: 1, memoryMb: 1024 } },
  });
});

test('a file with three mistakes is refused with all three', async () => {
  const path = file('bad.ts', 'export default { nam: "x", hosts: { app: { cpus: "two", gpus: 1 } } };\n');
  await expect(loadConfig(schema, path)).rejects.toMatchObject({
    code: 'config-invalid',
    message: `${path} has 3 mistakes`,
    cause: [
      'hosts.app.cpus: Invalid input: expected number, received string',
      'hosts.app.gpus: unknown setting, did you mean "cpus"?',
      'nam: unknown setting, did you mean "name"?',
    ].join('\n'),
  });
});

test('one mistake is not "1 mistakes"', async () => {
  const path = file('one.ts', 'export default { nam: "x" };\n');
  await expect(loadConfig(schema, path)).rejects.toThrow(/has 1 mistake$/);
});

test.each([
  ['a file that is not there', 'absent.ts', undefined],
  ['a file that is not TypeScript', 'broken.ts', 'export default {'],
  ['a file that fails when it is read', 'throws.ts', 'throw new Error("no");'],
])('%s cannot be read, and the remedy names --config', async (_, name, text) => {
  const path = text === undefined ? join(folder, name) : file(name, text);
  await expect(loadConfig(schema, path)).rejects.toMatchObject({
    code: 'config-invalid',
    message: `${path} cannot be read`,
    cause: expect.anything(),
    remedy: expect.stringContaining('--config'),
  });
});

test('a file without a default export is told so', async () => {
  const path = file('named.ts', 'export const config = {};\n');
  await expect(loadConfig(schema, path)).rejects.toMatchObject({
    code: 'config-invalid',
    message: expect.stringContaining('exports nothing by default'),
  });
});
