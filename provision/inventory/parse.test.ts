import { describe, expect, test } from 'vitest';
import { localHost } from '../../test/fakes/localHost.ts';
import { inventoryFrom } from './parse.ts';
import { portsFrom } from './ports.ts';
import { inventoryLines, questionNames } from './questions.ts';
import { takeDelivered } from './take.ts';
import { unitsFrom } from './units.ts';

const inventoryOf = (answers: Readonly<Record<string, string>>, texts = new Map<string, string>()) =>
  inventoryFrom((question) => answers[question] ?? '', texts);

describe('an inventory', () => {
  test('holds accounts with their groups, and no password', () => {
    const { users } = inventoryOf({
      users:
        'root:x:0:0:root:/root:/bin/bash\nanna:x:1000:1000::/home/anna:/bin/sh\nsvc:x:100:65534::/:/bin/false',
      groups: 'root:x:0:\nanna:x:1000:\nsudo:x:27:anna\nnogroup:x:65534:',
      passwords: 'root *\nanna 0123456789abcdef0123456789abcdef  -\nsvc ',
    });
    expect(users).toEqual({
      anna: 'uid 1000 groups anna,sudo /home/anna /bin/sh password sha256:0123456789ab',
      root: 'uid 0 groups root /root /bin/bash no password',
      svc: 'uid 100 groups nogroup / /bin/false empty password',
    });
  });

  test('holds files with mode, owner and sum, and links with their target', () => {
    const { files } = inventoryOf({
      attributes: '644|root:root|5|/etc/motd\n600|root:root|2000000|/etc/big|name',
      links: '/usr/share/zoneinfo/UTC|/etc/localtime',
      hashes: 'abc123  /etc/motd',
    });
    expect(files).toEqual({
      '/etc/big|name': '0600 root:root 2000000 bytes',
      '/etc/localtime': 'link to /usr/share/zoneinfo/UTC',
      '/etc/motd': '0644 root:root abc123',
    });
  });

  test('holds only what is installed of the packages, and mounts that hold data', () => {
    const { packages, mounts } = inventoryOf({
      packages: 'a|installed|1.0|, libc6 (>= 2)|\nb|config-files|2.0|, |',
      mounts:
        '/dev/loop7 /data ext4 rw,relatime 0 0\nproc /proc proc rw 0 0\noverlay /var/lib/docker/overlay2/x/merged overlay rw 0 0',
    });
    expect(packages).toEqual({ a: '1.0' });
    expect(mounts).toEqual({ '/data': 'loop ext4 rw' });
  });

  test('holds keys by their fingerprint, whatever options stand before them', () => {
    const { keys } = inventoryOf({
      keys: 'root from="10.0.0.1" ssh-ed25519 AAAAC3NzaC1lZDI1NTE5 anna@home\nroot # a comment',
    });
    expect(Object.entries(keys)).toEqual([
      [expect.stringMatching(/^root SHA256:\S{43}$/), 'ssh-ed25519 anna@home'],
    ]);
  });

  test('tells tables of several databases apart', () => {
    expect(
      inventoryOf({ schemas: "|role postgres|superuser\nvotes|table public.t|a text, b 'x|y'" }).schemas,
    ).toEqual({ 'role postgres': 'superuser', 'votes: table public.t': "a text, b 'x|y'" });
  });
});

test('a port that the kernel chose for a client or for its own machine is left out', () => {
  const lines = [
    '32768	60999',
    'tcp LISTEN 0 4096 127.0.0.1:41095 0.0.0.0:* users:(("containerd",pid=62,fd=9))',
    'udp UNCONN 0 0 0.0.0.0:45000 0.0.0.0:* users:(("chronyd",pid=7,fd=1))',
    'tcp LISTEN 0 128 0.0.0.0:45001 0.0.0.0:* users:(("nc",pid=9,fd=1))',
    'tcp LISTEN 0 128 [::]:22 [::]:* users:(("sshd",pid=53,fd=7),("systemd",pid=1,fd=3))',
    'udp UNCONN 0 0 10.0.0.1%eth0:68 0.0.0.0:*',
  ];
  expect(portsFrom(lines.join('\n'))).toEqual({
    'tcp 0.0.0.0:45001': 'nc',
    'tcp [::]:22': 'sshd',
    'udp 10.0.0.1:68': 'a container',
  });
});

test('whether a unit runs is kept only where it says something', () => {
  const shown = [
    'Id=worker.service\nType=simple\nLoadState=loaded\nActiveState=reloading\nUnitFileState=enabled\nTransient=no',
    'Id=hostnamed.service\nType=notify\nLoadState=loaded\nActiveState=active\nUnitFileState=static\nTransient=no',
    'Id=apt.service\nType=oneshot\nLoadState=loaded\nActiveState=inactive\nUnitFileState=enabled\nRemainAfterExit=no',
    'Id=bad.service\nType=oneshot\nLoadState=loaded\nActiveState=failed\nUnitFileState=static',
    'Id=run-1.service\nType=simple\nLoadState=loaded\nActiveState=active\nTransient=yes',
    'Id=gone.service\nLoadState=not-found\nActiveState=inactive',
  ].join('\n\n');
  expect(unitsFrom('worker.service enabled enabled\noff.timer disabled enabled', shown)).toEqual({
    'apt.service': { 'at boot': 'enabled' },
    'bad.service': { 'at boot': 'static', runs: 'failed' },
    'hostnamed.service': { 'at boot': 'static' },
    'off.timer': { 'at boot': 'disabled', runs: 'no' },
    'worker.service': { 'at boot': 'enabled', runs: 'yes' },
  });
});

describe('the questions', () => {
  test.each([false, true])(
    'are one line of shell each, in the order of their names (found: %s)',
    (isFound) => {
      const lines = inventoryLines(['/etc/a b'], isFound).filter((line) => line.startsWith('out='));
      expect(lines).toHaveLength(questionNames(isFound).length + 1);
      expect(lines.at(-1)).toContain("cat -- '/etc/a b'");
    },
  );

  test('are understood by the shell of this machine, whatever of it is missing', async () => {
    const host = localHost('app');
    const inventory = await takeDelivered(host, ['/etc/hostname', '/no/such/file']);
    expect(host.lines).toHaveLength(1);
    expect(inventory?.files['/etc/passwd']).toBeUndefined();
    expect(inventory?.users.root).toMatch(/^uid 0 /);
    expect(Object.keys(inventory?.texts ?? {})).toEqual(['/etc/hostname']);
  });
});
