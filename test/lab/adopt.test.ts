import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type HostName, hostNames } from '../../core/application.ts';
import { readIfPresent } from '../../core/state.ts';
import type { Delivered } from '../../provision/inventory/types.ts';
import {
  type AdoptedHosts,
  adminPassword,
  allowSudo,
  makeKey,
  removeAdoptedHosts,
  startAdoptedHosts,
} from './adoptedHosts.ts';
import {
  docker,
  run,
  secondLab,
  sla,
  slaFailure,
  slaJson,
  slaOk,
  type TestLab,
  testLab,
  writeConfig,
} from './lab.ts';

interface Drift {
  readonly drift: number;
  readonly hosts: readonly {
    readonly host: string;
    readonly rows: readonly {
      readonly section: string;
      readonly item: string;
      readonly delivered?: string;
      readonly declared?: string;
      readonly found?: string;
    }[];
  }[];
}

let lab: TestLab;
let hosts: AdoptedHosts;
const withPassword = { env: { SLA_ADOPT_PASSWORD: adminPassword } };

const deliveredFile = (name: HostName): string =>
  join(lab.stateDir, 'delivered/adopted.client', `${name}.json`);
const pins = (): string => readIfPresent(join(lab.stateDir, 'known_hosts')) ?? '';

/** What a drift finds, whatever its exit status. */
async function driftOf(...words: readonly string[]): Promise<Drift & { readonly exitStatus: number }> {
  const { exitStatus, stdout } = await sla(lab, ['drift', '--json', ...words]);
  return { ...(JSON.parse(stdout) as Drift), exitStatus };
}

beforeAll(async () => {
  lab = await secondLab('adopted');
  const imageOf = (name: HostName) =>
    docker('inspect', '--format', '{{.Config.Image}}', `${testLab().name}-${name}`);
  const images = { app: imageOf('app'), db: imageOf('db'), docker: imageOf('docker') };
  hosts = await startAdoptedHosts(lab.name, join(lab.stateDir, '../adopted-keys'), lab.subnet, images);
  const places = hostNames.map((name) => [name, { address: hosts.address(name), user: 'admin' }]);
  writeConfig(lab, { target: 'adopted', adopted: { key: hosts.key, hosts: Object.fromEntries(places) } });
});

afterAll(() => {
  removeAdoptedHosts(lab.name);
});

it('a lab is recorded by its own up, before anything of ours is on its hosts', async () => {
  const { hosts: kept } = await slaJson<{
    readonly hosts: readonly { readonly recording: string; readonly delivered: Delivered }[];
  }>(testLab(), ['inventory']);
  expect(kept.map(({ recording }) => recording)).toEqual(['kept', 'kept', 'kept']);
  for (const { delivered } of kept) expect(delivered.packages).not.toHaveProperty('prometheus-node-exporter');
  expect(kept[2]?.delivered.images).toEqual({});
});

describe('hosts that exist already', () => {
  it('are not adopted until somebody vouches for the keys they show', async () => {
    const failure = await slaFailure(lab, ['adopt']);
    expect(failure).toMatchObject({ exitStatus: 42, code: 'adoption-refused' });
    for (const name of hostNames) {
      const [, fingerprint] = run('ssh-keygen', '-lf', join(hosts.folder, `${name}.pub`)).split(' ');
      expect(failure.cause).toContain(fingerprint);
    }
    expect(await slaFailure(lab, ['converge'])).toMatchObject({
      code: 'adoption-refused',
      remedy: expect.stringContaining('./sla adopt'),
    });
    expect(pins()).toBe('');
  });

  it('are refused, and left as they are, when sudo asks for a password or nobody is let in', async () => {
    allowSudo(hosts, 'app');
    expect(await slaFailure(lab, ['adopt', '--yes'])).toMatchObject({
      exitStatus: 42,
      cause: expect.stringMatching(/db: login: .*none was given\ndocker: root: sudo: a password is required/),
    });
    allowSudo(hosts, 'db');
    expect(await slaFailure(lab, ['adopt', '--yes'], withPassword)).toMatchObject({
      exitStatus: 42,
      code: 'adoption-refused',
      cause: 'docker: root: sudo: a password is required',
      remedy: expect.stringContaining('visudo -f /etc/sudoers.d/admin'),
    });
    expect(hosts.on('db', 'ls -A /home/admin')).not.toContain('.ssh');
    expect([pins(), readIfPresent(deliveredFile('app'))]).toEqual(['', undefined]);
    allowSudo(hosts, 'docker');
  });

  it('are adopted: keys pinned, what was delivered recorded, and the password forgotten', async () => {
    await slaOk(lab, ['adopt', '--yes'], withPassword);
    for (const name of hostNames) {
      const [type, key] = readFileSync(join(hosts.folder, `${name}.pub`), 'utf8').split(' ');
      expect(pins()).toContain(`${hosts.address(name)} ${type} ${key}\n`);
      expect(statSync(deliveredFile(name)).mode & 0o777).toBe(0o600);
    }
    expect(hosts.on('db', 'cat /home/admin/.ssh/authorized_keys')).toBe(
      readFileSync(`${hosts.key}.pub`, 'utf8').trim(),
    );
    const kept = run('sh', '-c', `grep -rlF '${adminPassword}' '${lab.stateDir}' || true`);
    expect(kept).toBe('');
    const { packages, keys, schemas } = JSON.parse(readFileSync(deliveredFile('db'), 'utf8'));
    expect(packages).toHaveProperty('postgresql-17');
    expect(keys).toEqual({});
    expect(schemas).toHaveProperty('database postgres');
  });

  it('are recorded once: a second inventory shows what is kept', async () => {
    const before = readFileSync(deliveredFile('app'), 'utf8');
    hosts.on('app', 'touch /etc/made-after');
    const { stdout } = await sla(lab, ['inventory', 'app']);
    expect(stdout).toMatch(/app: kept already, since .*nothing was overwritten/);
    expect(readFileSync(deliveredFile('app'), 'utf8')).toBe(before);
    hosts.on('app', 'rm /etc/made-after');
    expect((await driftOf()).drift).toBe(0);
  });

  it('converge, and drift names what is neither delivered nor declared', async () => {
    await slaOk(lab, ['converge']);
    expect(await slaJson(lab, ['converge'])).toMatchObject({ changes: 0 });
    const after = await driftOf();
    expect(after.hosts.flatMap(({ rows }) => rows)).toEqual([]);
    expect(after).toMatchObject({ drift: 0, exitStatus: 0 });

    const declared = '/etc/systemd/journald.conf.d/50-sla.conf';
    hosts.on('app', `echo '# by hand' >> ${declared}; echo '# by hand' >> /etc/docker/daemon.json.bak`);
    hosts.on('db', 'echo hello >> /etc/motd; useradd --system mallory');
    const { exitStatus, drift, hosts: found } = await driftOf();
    const items = found.flatMap(({ host, rows }) =>
      rows.map(({ section, item }) => `${host} ${section} ${item}`),
    );
    expect(items).toEqual([
      'app files /etc/docker/daemon.json.bak',
      `app files ${declared}`,
      'db users mallory',
      'db files /etc/motd',
    ]);
    expect([exitStatus, drift]).toEqual([41, 4]);
    const [, changed] = found[0]?.rows ?? [];
    expect(changed?.delivered).toBeUndefined();
    expect(changed?.declared).not.toBe(changed?.found);

    hosts.on('app', 'rm /etc/docker/daemon.json.bak');
    hosts.on('db', 'sed -i /hello/d /etc/motd; userdel mallory');
    expect(await slaJson(lab, ['converge', 'app'])).toMatchObject({ changes: 2 });
    expect((await driftOf()).drift).toBe(0);
  });

  it('are looked at, walked and voted on like a lab, but neither made nor removed', async () => {
    const { stdout } = await slaOk(lab, ['status']);
    expect(stdout).toContain('all up');
    await slaOk(lab, ['doctor']);
    await slaOk(lab, ['vote', 'A']);
    await slaOk(lab, ['fingerprint', 'adopted']);
    expect((await slaOk(lab, ['ssh', 'db', 'id', '-un'])).stdout.trim()).toBe('admin');
    for (const verb of ['up', 'down'])
      expect(await slaFailure(lab, [verb])).toMatchObject({ exitStatus: 2, code: 'usage' });
  });

  it('are refused once they show another key', async () => {
    const other = join(hosts.folder, 'other');
    makeKey(other);
    docker('cp', other, `${hosts.name}-docker:/etc/ssh/ssh_host_ed25519_key`);
    hosts.on('docker', 'chown root:root /etc/ssh/ssh_host_ed25519_key; systemctl restart ssh');
    for (const words of [['adopt', '--yes'], ['drift']])
      expect(await slaFailure(lab, words)).toMatchObject({ exitStatus: 31, code: 'host-key-changed' });
  });
});
