import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sla-main-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs `sla` in a process of its own, from a folder of its own. */
function sla(...words: readonly string[]) {
  const env = { ...process.env, SLA_STATE_DIR: folder, SLA_CWD: folder, NO_COLOR: '1' };
  const main = join(import.meta.dirname, 'main.ts');
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...words], { env, encoding: 'utf8' });
  return { status, stdout, stderr };
}

test('without a word the help is shown, with every command', () => {
  const { status, stdout, stderr } = sla();
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  for (const name of ['up', 'down', 'status', 'doctor', 'vote', 'ssh', 'logs', 'test', 'version'])
    expect(stdout).toMatch(new RegExp(`^  ${name} `, 'm'));
});

test('the help of a command ends with its example', () => {
  expect(sla('vote', '--help').stdout).toMatch(
    /Usage: sla vote \[options\] <choice>[\s\S]*Example:\n {2}\$ \.\/sla vote A\n$/,
  );
});

test('a result in JSON is alone on stdout', () => {
  const { status, stdout, stderr } = sla('version', '--json');
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(JSON.parse(stdout)).toEqual({ version: expect.stringMatching(/^\d/), node: process.version });
});

test('a failure in JSON is on stdout, and for a person on stderr', () => {
  const { status, stdout, stderr } = sla('stauts', '--json');
  expect(status).toBe(2);
  expect(JSON.parse(stdout).error).toMatchObject({ code: 'usage', runbook: 'docs/runbooks/usage.md' });
  expect(stderr).toMatch(/^error: unknown command 'stauts', did you mean "status"\? \[usage\]\n {2}remedy: /);
});

test('a configuration with three mistakes is refused with all three, before anything is done', () => {
  writeFileSync(
    join(folder, 'bad.config.ts'),
    'export default { targe: "lab", lab: { subnet: "ten", hosts: { app: { memoryMB: 512 } } } };\n',
  );
  const { status, stdout, stderr } = sla('status', '--config', 'bad.config.ts');
  expect({ status, stdout }).toEqual({ status: 3, stdout: '' });
  expect(stderr).toContain('bad.config.ts has 3 mistakes [config-invalid]');
  expect(stderr).toContain('targe: unknown setting, did you mean "target"?');
  expect(stderr).toContain('lab.subnet: an IPv4 network like 10.77.0.0/24');
  expect(stderr).toContain('lab.hosts.app.memoryMB: unknown setting, did you mean "memoryMb"?');
});

test('a flag with a wrong value is named as the flag it is', () => {
  const { status, stderr } = sla('version', '--lab', 'My Lab', '--subnet', '10.77.0.5/24');
  expect(status).toBe(2);
  expect(stderr).toContain('--lab: 1 to 24 of a-z, 0-9 and -, starting with a letter');
  expect(stderr).toContain('--subnet: the first address of the network');
});
