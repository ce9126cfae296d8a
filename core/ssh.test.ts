import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Server } from 'ssh2';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Host, HostAddress } from './host.ts';
import { shownKey } from './hostKey.ts';
import { fingerprintOf, pinnedKey } from './knownHosts.ts';
import type { Argv } from './shell.ts';
import { openHost } from './ssh.ts';

let folder: string;
let server: Server;
let db: HostAddress;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sla-ssh-'));
  for (const name of ['host', 'other', 'operator'])
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', join(folder, name)]);
  server = await sshServer(readFileSync(join(folder, 'host')), publicKey('operator'));
  const { port } = server.address() as AddressInfo;
  db = { name: 'db', address: '127.0.0.1', user: 'root', sshPort: port };
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The base64 part of a generated key. */
const publicKey = (name: string): string =>
  readFileSync(join(folder, `${name}.pub`), 'utf8')
    .split(' ')[1]
    ?.trim() ?? '';

describe('the pinned key of a host', () => {
  const host = { address: '10.77.0.12', sshPort: 22 };

  test.each([
    ['a plain line', '10.77.0.12 ssh-ed25519 AAAAkey', host, 'AAAAkey'],
    ['a line with a comment behind it', '10.77.0.12 ssh-ed25519 AAAAkey root@db', host, 'AAAAkey'],
    ['one name of a list', 'db,10.77.0.12,other ssh-ed25519 AAAAkey', host, 'AAAAkey'],
    [
      'the port where it is not 22',
      '[10.77.0.12]:2222 ssh-ed25519 AAAAkey',
      { ...host, sshPort: 2222 },
      'AAAAkey',
    ],
    ['an address without its port', '10.77.0.12 ssh-ed25519 AAAAkey', { ...host, sshPort: 2222 }, undefined],
    ['another port', '[10.77.0.12]:2222 ssh-ed25519 AAAAkey', host, undefined],
    ['an address that only starts the same', '10.77.0.121 ssh-ed25519 AAAAkey', host, undefined],
    ['a key of another type', '10.77.0.12 ssh-rsa AAAAkey', host, undefined],
    ['a comment', '# 10.77.0.12 ssh-ed25519 AAAAkey', host, undefined],
    ['an empty file', '', host, undefined],
    ['the second line', '10.77.0.11 ssh-ed25519 AAAAapp\n10.77.0.12 ssh-ed25519 AAAAdb\n', host, 'AAAAdb'],
    ['Windows line ends', '10.77.0.12 ssh-ed25519 AAAAkey\r\n', host, 'AAAAkey'],
  ])('%s', (_, knownHosts, place, key) => {
    expect(pinnedKey(knownHosts, place)).toBe(key);
  });
});

test('a fingerprint is what ssh-keygen prints', () => {
  const printed = execFileSync('ssh-keygen', ['-lf', join(folder, 'host.pub')], { encoding: 'utf8' });
  expect(printed.split(' ')[1]).toBe(fingerprintOf(publicKey('host')));
});

describe('a session', () => {
  const pinnedAs = (key: string | undefined, keyFile = 'operator') => ({
    keyFile: join(folder, keyFile),
    knownHosts: key === undefined ? '' : `[127.0.0.1]:${db.sshPort} ssh-ed25519 ${publicKey(key)}\n`,
    connectTimeoutMs: 5000,
  });
  let host: Host;
  beforeAll(async () => {
    host = await openHost(db, pinnedAs('host'));
  });
  afterAll(() => host.close());

  test('runs words as they are, and a query that fails is a result', async () => {
    expect(await host.query(['printf', '%s;', "it's", 'a b', '$HOME'])).toMatchObject({
      exitCode: 0,
      stdout: "it's;a b;$HOME;",
    });
    expect(await host.query(['sh', '-c', 'echo no >&2; exit 3'])).toEqual({
      exitCode: 3,
      stdout: '',
      stderr: 'no\n',
    });
  });

  test('gives a command its input', async () => {
    expect((await host.exec(['cat'], 'one\ntwo')).stdout).toBe('one\ntwo');
  });

  test('a command that fails names itself, its host, its status and what it said', async () => {
    await expect(host.exec(['sh', '-c', 'echo no space >&2; exit 28'])).rejects.toMatchObject({
      code: 'remote-command-failed',
      message: `"sh -c 'echo no space >&2; exit 28'" on db ended with status 28`,
      cause: 'no space',
    });
    await expect(host.exec(['false'])).rejects.toMatchObject({ cause: 'it printed nothing' });
  });

  test.each(['other', undefined])(
    'a host that shows another key than the pinned one (%s) is refused',
    async (pin) => {
      await expect(openHost(db, pinnedAs(pin))).rejects.toMatchObject({
        code: 'host-key-changed',
        message: expect.stringContaining(fingerprintOf(publicKey('host'))),
      });
    },
  );

  test('a key that is not let in is a refused login', async () => {
    await expect(openHost(db, pinnedAs('host', 'other'))).rejects.toMatchObject({
      code: 'login-refused',
      message: 'db (127.0.0.1) refuses the login of root',
    });
  });

  test('a password logs in where it is given instead of a key', async () => {
    const withPassword = { ...pinnedAs('host', 'other'), password: 'geheim' };
    const opened = await openHost(db, withPassword);
    expect((await opened.query(['echo', 'in'])).stdout).toBe('in\n');
    opened.close();
    await expect(openHost(db, { ...withPassword, password: 'falsch' })).rejects.toMatchObject({
      code: 'login-refused',
    });
  });

  test('of a user who is not root runs commands through sudo, and says so when sudo asks', async () => {
    const admin = { ...db, user: 'admin' };
    // What sudo says of itself, or its own absence on this machine: both are told alike.
    const asks: Argv = ['sh', '-c', 'echo "sudo: a password is required" >&2; exit 1'];
    const opened = await openHost(admin, pinnedAs('host'));
    await expect(opened.query(asks)).rejects.toMatchObject({
      code: 'adoption-refused',
      message: 'sudo on db does not let admin in without a password',
      remedy: expect.stringContaining('visudo -f /etc/sudoers.d/admin'),
    });
    opened.close();
    const plain = await openHost(admin, { ...pinnedAs('host'), isPlain: true });
    expect(await plain.query(asks)).toMatchObject({ exitCode: 1 });
    plain.close();
  });

  test('is not needed to see the key of a host', async () => {
    expect(await shownKey(db, 5000)).toBe(publicKey('host'));
    await expect(shownKey({ ...db, sshPort: 1 }, 5000)).rejects.toMatchObject({ code: 'host-unreachable' });
  });

  test('a closed port is a host that cannot be reached', async () => {
    await expect(openHost({ ...db, sshPort: 1 }, pinnedAs('host'))).rejects.toMatchObject({
      code: 'host-unreachable',
      cause: expect.objectContaining({ message: expect.stringContaining('ECONNREFUSED') }),
    });
  });
});

/** A server that lets one key in and runs each command line with the shell of this machine. */
function sshServer(hostKey: Buffer, operator: string): Promise<Server> {
  const { promise, resolve } = Promise.withResolvers<Server>();
  const made = new Server({ hostKeys: [hostKey] }, (client) => {
    client.on('error', () => undefined);
    client.on('authentication', (attempt) => {
      const isKnown = attempt.method === 'publickey' && attempt.key.data.toString('base64') === operator;
      const isPassword = attempt.method === 'password' && attempt.password === 'geheim';
      if (isKnown || isPassword) attempt.accept();
      else attempt.reject(['publickey', 'password']);
    });
    client.on('session', (accept) =>
      accept().on('exec', (accepted, _reject, { command }) => {
        const channel = accepted();
        const chunks: Buffer[] = [];
        channel.on('data', (chunk: Buffer) => chunks.push(chunk));
        channel.on('end', () => {
          const child = spawnSync('sh', ['-c', command], { input: Buffer.concat(chunks) });
          channel.write(child.stdout);
          channel.stderr.write(child.stderr);
          channel.exit(child.status ?? 255);
          channel.end();
        });
      }),
    );
  });
  made.listen(0, '127.0.0.1', () => resolve(made));
  return promise;
}
