import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { HostAddress } from './host.ts';
import { sshCommand } from './sshClient.ts';

const db: HostAddress = { name: 'db', address: '10.77.0.12', user: 'ops', sshPort: 2222 };

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sla ssh '));
  writeFileSync(join(folder, 'operator'), '');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('the ssh program understands one host, one key and a strict check', () => {
  const files = { keyFile: join(folder, 'operator'), knownHostsFile: join(folder, 'known_hosts') };
  const [program = '', ...words] = sshCommand(db, files);
  const understood = execFileSync(program, ['-G', ...words], { encoding: 'utf8' }).split('\n');
  expect(understood).toEqual(
    expect.arrayContaining([
      'hostname 10.77.0.12',
      'user ops',
      'port 2222',
      `identityfile ${files.keyFile}`,
      `userknownhostsfile ${files.knownHostsFile}`,
      'identitiesonly yes',
      'stricthostkeychecking true',
      'hostkeyalgorithms ssh-ed25519',
    ]),
  );
});

test('a blank in the path of known_hosts does not make two files of it', () => {
  const words = sshCommand(db, { keyFile: '/k', knownHostsFile: '/my lab/known_hosts' });
  expect(words).toContain('UserKnownHostsFile="/my lab/known_hosts"');
});
