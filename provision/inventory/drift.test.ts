import { describe, expect, test } from 'vitest';
import { backupUnits, scratchImage } from '../../core/backupLayout.ts';
import { siteWith } from '../../test/fakes/site.ts';
import { file } from '../properties/file.ts';
import { installed } from '../properties/installed.ts';
import { disabled, enabled } from '../properties/unit.ts';
import { roleOf } from '../roles/roles.ts';
import type { Declaration, Step } from '../types.ts';
import { declarationsOf, editedPaths } from './declared.ts';
import { compareInventories } from './drift.ts';
import { evidenceFrom } from './evidence.ts';
import type { Evidence, Inventory } from './types.ts';
import { fileText, sumOf } from './values.ts';

const nothing: Inventory = {
  system: {},
  packages: {},
  units: {},
  users: {},
  keys: {},
  sudoers: {},
  ports: {},
  mounts: {},
  cron: {},
  images: {},
  containers: {},
  files: {},
  schemas: {},
  settings: {},
  texts: {},
};

const noEvidence: Evidence = evidenceFrom(() => '');

interface Scene {
  readonly delivered?: Partial<Inventory>;
  readonly found?: Partial<Inventory>;
  readonly evidence?: Partial<Evidence>;
  readonly steps?: readonly Step[];
  readonly declarations?: readonly Declaration[];
}

const rowsOf = ({ delivered, found, evidence, steps = [], declarations = [] }: Scene) =>
  compareInventories(
    { ...nothing, ...delivered },
    { inventory: { ...nothing, ...found }, evidence: { ...noEvidence, ...evidence } },
    [...steps.flatMap(({ declares = [] }) => declares), ...declarations],
  );

/** Items that are neither delivered nor declared. */
const driftOf = (scene: Scene): readonly string[] =>
  rowsOf(scene)
    .filter(({ isDrift }) => isDrift)
    .map(({ section, item }) => `${section} ${item}`);

const text = (content: string): string => fileText('0644', 'root:root', sumOf(content));

/** haproxy, which needs liblua, was installed by a step of ours. */
const withHaproxy = {
  steps: [installed('haproxy', 'a test')],
  delivered: { packages: { libc6: '2' } },
  found: { packages: { libc6: '2', haproxy: '3', liblua: '5', htop: '1' } },
  evidence: { needs: new Map([['haproxy', [['libc6'], ['lua', 'liblua']]]]) },
} as const;

test('a drill that is on its way is no drift where the agent is declared, and is one elsewhere', () => {
  const found = {
    images: { [scratchImage]: 'sha256:1', other: 'sha256:2' },
    containers: { 'drill-1': { image: scratchImage, runs: 'yes' } },
    units: { [backupUnits.agent]: { runs: 'yes' } },
  };
  const agent: Declaration = {
    kind: 'item',
    section: 'units',
    item: `${backupUnits.agent} runs`,
    value: 'yes',
  };
  expect(driftOf({ found, declarations: [agent] })).toEqual(['images other']);
  expect(driftOf({ found })).toEqual(expect.arrayContaining([`images ${scratchImage}`]));
});

describe('a file', () => {
  const motd = file({ path: '/etc/motd', content: 'ours', why: 'a test' });

  test.each([
    ['as delivered', 'theirs', []],
    ['as declared', 'ours', []],
    ['that is neither', 'somebody', ['files /etc/motd']],
  ])('%s', (_, content, drift) => {
    const delivered = { files: { '/etc/motd': text('theirs') } };
    expect(driftOf({ delivered, found: { files: { '/etc/motd': text(content) } }, steps: [motd] })).toEqual(
      drift,
    );
  });

  test('shows its three columns', () => {
    const delivered = { files: { '/etc/motd': text('theirs') } };
    expect(rowsOf({ delivered, found: {}, steps: [motd] })).toEqual([
      {
        section: 'files',
        item: '/etc/motd',
        delivered: text('theirs'),
        declared: text('ours'),
        isDrift: true,
      },
    ]);
  });

  test('that was edited is compared with the delivered text, edited', () => {
    const declarations: readonly Declaration[] = [
      { kind: 'edit', path: '/etc/a', edit: (was) => `${was}include\n` },
    ];
    const delivered = { files: { '/etc/a': text('x\n') }, texts: { '/etc/a': ['x'] } };
    const found = (lines: readonly string[]) => ({
      files: { '/etc/a': text(lines.join('\n')) },
      texts: { '/etc/a': lines },
    });
    expect(driftOf({ delivered, found: found(['x', 'include']), declarations })).toEqual([]);
    expect(driftOf({ delivered, found: found(['x', 'include', 'more']), declarations })).toEqual([
      'files /etc/a',
    ]);
  });
});

describe('a package', () => {
  test('is ours when it is declared, or needed by one that is; nobody else’s is', () => {
    expect(driftOf(withHaproxy)).toEqual(['packages htop']);
    expect(rowsOf(withHaproxy).map(({ item, declared }) => [item, declared])).toEqual([
      ['haproxy', 'installed'],
      ['htop', undefined],
      ['liblua', 'with haproxy'],
    ]);
  });

  test('of another version is an update of ours only when the host says who made it', () => {
    const scene = { delivered: { packages: { bash: '1' } }, found: { packages: { bash: '2' } } };
    expect(driftOf(scene)).toEqual(['packages bash']);
    expect(driftOf({ ...scene, evidence: { updated: new Set(['bash 2']) } })).toEqual([]);
  });

  test('brings files, as long as they are as it brought them', () => {
    const path = '/etc/default/haproxy';
    const scene = (md5: string) => ({
      ...withHaproxy,
      found: { packages: { libc6: '2', haproxy: '3' }, files: { [path]: text('x') } },
      evidence: {
        owners: new Map([[path, ['haproxy']]]),
        packaged: new Map([[path, 'aaa']]),
        md5: new Map([[path, md5]]),
      },
    });
    expect(driftOf(scene('aaa'))).toEqual([]);
    expect(driftOf(scene('bbb'))).toEqual([`files ${path}`]);
  });

  test('brings units, an account without a password, and a port', () => {
    const found = {
      packages: { libc6: '2', haproxy: '3' },
      units: { 'haproxy.service': { 'at boot': 'enabled', runs: 'yes' } },
      users: { haproxy: 'uid 101 groups haproxy /var/lib/haproxy /usr/sbin/nologin no password' },
      ports: { 'tcp 0.0.0.0:443': 'haproxy' },
      files: {
        '/etc/systemd/system/multi-user.target.wants/haproxy.service':
          'link to /usr/lib/systemd/system/haproxy.service',
        '/etc/rc2.d/S01haproxy': 'link to ../init.d/haproxy',
      },
    };
    const evidence = {
      owners: new Map([
        ['/usr/lib/systemd/system/haproxy.service', ['haproxy']],
        ['/etc/init.d/haproxy', ['haproxy']],
        ['/usr/sbin/haproxy', ['haproxy']],
      ]),
      accounts: new Map([['haproxy', ['haproxy']]]),
      programs: new Map([['tcp 0.0.0.0:443', '/usr/sbin/haproxy']]),
    };
    expect(driftOf({ ...withHaproxy, found, evidence })).toEqual([]);
    const users = { haproxy: found.users.haproxy.replace('no password', 'password sha256:1') };
    expect(driftOf({ ...withHaproxy, found: { ...found, users }, evidence })).toEqual(['users haproxy']);
  });
});

test('a unit of ours is drift when it is not what is declared of it, or failed', () => {
  const units = (runs: string) => ({ units: { 'a.service': { 'at boot': 'enabled', runs } } });
  const delivered = { units: { 'a.service': { 'at boot': 'disabled', runs: 'no' } } };
  const steps = [enabled('a.service', 'a test')];
  expect(driftOf({ delivered, found: units('no'), steps })).toEqual([]);
  expect(driftOf({ delivered, found: units('failed'), steps })).toEqual(['units a.service runs']);
  expect(driftOf({ delivered, found: units('no'), steps: [disabled('a.service', 'a test')] })).toEqual([
    'units a.service at boot',
  ]);
});

test('a container that nobody declared is one line, and a published port belongs to its container', () => {
  const found = {
    containers: { miner: { image: 'miner:1', runs: 'yes' } },
    ports: { 'tcp 0.0.0.0:8080': 'docker-proxy' },
  };
  expect(driftOf({ found })).toEqual(['containers miner']);
});

test('a program that does not answer is told as such, and not as the loss of all it knew', () => {
  expect(rowsOf({ delivered: { images: { a: '1', b: '2' } } })).toEqual([
    { section: 'images', item: 'all', delivered: '2 known', found: 'no answer', isDrift: true },
  ]);
});

describe('the roles', () => {
  test('declare something in every step that leaves a trace in an inventory', () => {
    const silent = (['app', 'db', 'docker'] as const).flatMap((host) =>
      roleOf(siteWith(), host).phases.flatMap(({ steps }) =>
        steps.filter(({ declares }) => declares === undefined).map(({ name }) => name),
      ),
    );
    const known = /^(ballast|clock less|no container|no folder|folders |PostgreSQL pages|repository fits)/;
    expect(silent.filter((name) => !known.test(name))).toEqual([]);
  });

  test('edit few files', () => {
    expect(editedPaths(declarationsOf(roleOf(siteWith(), 'db')))).toEqual([
      '/etc/hosts',
      '/etc/redis/redis.conf',
    ]);
  });
});

test('the history of apt tells automatic updates and ours from those of a person', () => {
  const history = `
Start-Date: 2026-11-20  02:00:00
Commandline: /usr/bin/unattended-upgrade
Upgrade: libssl3:amd64 (3.0.1, 3.0.2), bash:amd64 (5.2-1, 5.2-2)
End-Date: 2026-11-20  02:00:09

Start-Date: 2026-11-20  03:00:00
Commandline: apt-get -qq -o DPkg::Lock::Timeout=60 install --yes -- haproxy
Install: haproxy:amd64 (3.0.11), liblua:amd64 (5.4, automatic)
End-Date: 2026-11-20  03:00:09

Start-Date: 2026-11-20  04:00:00
Commandline: apt-get install htop
Upgrade: curl:amd64 (8.1, 8.2)
End-Date: 2026-11-20  04:00:09
`;
  const { updated } = evidenceFrom((question) => (question === 'history' ? history : ''));
  expect([...updated]).toEqual(['libssl3 3.0.2', 'bash 5.2-2', 'haproxy 3.0.11', 'liblua 5.4']);
});
