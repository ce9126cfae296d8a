import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type HostName, hostNames } from '../../core/application.ts';
import { readIfPresent } from '../../core/state.ts';
import {
  type AdoptedHosts,
  adminPassword,
  allowSudo,
  deliverAgain,
  removeAdoptedHosts,
  startAdoptedHosts,
} from './adoptedHosts.ts';
import {
  docker,
  type Ran,
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

let lab: TestLab;
let hosts: AdoptedHosts;
const withPassword = { env: { SLA_ADOPT_PASSWORD: adminPassword } };

const psql = (sql: string): string =>
  hosts.on('db', `runuser -u postgres -- psql -XAtqc ${JSON.stringify(sql)}`);
const votes = (): number => Number(psql('SELECT count(*) FROM votes'));
const journals = (): readonly string[] => readdirSync(join(lab.stateDir, 'labs/adopted.client/rebuild'));
const fingerprint = (host: HostName): string =>
  run('ssh-keygen', '-lf', join(hosts.folder, `${host}.pub`)).split(' ')[1] ?? '';

/** Begins a rebuild of db, and plays the client as soon as it is asked to deliver. */
async function rebuildWhile(deliver: () => Promise<void>): Promise<Ran> {
  let delivering: Promise<void> | undefined;
  const ran = await sla(lab, ['rebuild', 'db', '--yes', '--json', '--wait', '10'], {
    onStderr: (text) => {
      if (text.includes('ask the client to deliver db again')) delivering ??= deliver();
    },
  });
  expect(delivering, ran.stderr).toBeDefined();
  await delivering;
  return ran;
}

/** Ends as it should: with what db held, and a vote that counts. */
async function expectWhole(before: number): Promise<void> {
  expect([votes(), journals()]).toEqual([before, []]);
  expect(await slaJson(lab, ['drift'])).toMatchObject({ drift: 0 });
  await slaOk(lab, ['vote', 'A']);
}

beforeAll(async () => {
  lab = await secondLab('delivered-again');
  const imageOf = (name: HostName) =>
    docker('inspect', '--format', '{{.Config.Image}}', `${testLab().name}-${name}`);
  const images = { app: imageOf('app'), db: imageOf('db'), docker: imageOf('docker') };
  hosts = await startAdoptedHosts(lab.name, join(lab.stateDir, '../again-keys'), lab.subnet, images);
  for (const host of hostNames) allowSudo(hosts, host);
  const places = hostNames.map((name) => [name, { address: hosts.address(name), user: 'admin' }]);
  writeConfig(lab, { target: 'adopted', adopted: { key: hosts.key, hosts: Object.fromEntries(places) } });
  await slaOk(lab, ['adopt', '--yes'], withPassword);
  await slaOk(lab, ['converge']);
  psql("INSERT INTO votes SELECT md5(n::text), 'b' FROM generate_series(1, 1000) n");
  await slaOk(lab, ['vote', 'A']);
});

afterAll(() => {
  removeAdoptedHosts(lab.name);
});

it('a dry run says that the client delivers the host, and what nobody puts on docker is not planned', async () => {
  const { stdout } = await slaOk(lab, ['rebuild', 'all', '--dry-run']);
  expect(stdout).toContain(`Rebuild db (${hosts.address('db')}) of the adopted hosts "client"`);
  expect(stdout).toContain('wait until the client has delivered db again, at most 120 min');
  expect(stdout).not.toMatch(/container|runs on docker/);
});

it('an interrupted wait ends at once, and is given up while the old host still stands', async () => {
  const before = votes();
  const ran = await sla(lab, ['rebuild', 'db', '--yes'], {
    onStderr: (text, child) => {
      if (text.includes('is the old one')) child.kill('SIGINT');
    },
  });
  expect(ran.exitStatus, ran.stderr).toBe(130);
  expect((await slaOk(lab, ['status'])).stderr).toContain('the rebuild of db is not finished');
  await slaOk(lab, ['rebuild', 'db', '--give-up']);
  await expectWhole(before);
});

describe('a host that the client delivers again', () => {
  it('in another state is named and refused; put right, the same command goes on to the certificate', async () => {
    const before = votes();
    const ran = await rebuildWhile(async () => {
      await deliverAgain(hosts, 'db', { hasNewKey: false, takesOurKey: true });
      hosts.on('db', 'echo surprise > /etc/not-delivered');
    });
    expect(ran.exitStatus, ran.stderr).toBe(41);
    expect(JSON.parse(ran.stdout)).toMatchObject({
      error: {
        code: 'drift-found',
        cause: expect.stringMatching(/^files \/etc\/not-delivered: - → \S[^\n]*$/),
      },
    });
    hosts.on('db', 'rm /etc/not-delivered');
    const rebuilt = await slaJson<{ readonly differences?: string }>(lab, ['rebuild', 'db', '--yes']);
    expect(rebuilt, rebuilt.differences).toMatchObject({ verdict: 'IDENTICAL' });
    await expectWhole(before);
  });

  it('with a new key is refused until the exact key is confirmed, and let in by password', async () => {
    const before = votes();
    const pins = readIfPresent(join(lab.stateDir, 'known_hosts'));
    const ran = await rebuildWhile(() => deliverAgain(hosts, 'db', { hasNewKey: true, takesOurKey: false }));
    expect(ran.exitStatus, ran.stderr).toBe(31);
    expect(JSON.parse(ran.stdout)).toMatchObject({
      error: {
        code: 'host-key-changed',
        remedy: expect.stringContaining(`./sla rebuild db --new-key ${fingerprint('db')}`),
      },
    });
    const wrong = ['rebuild', 'db', '--yes', '--new-key', fingerprint('app')];
    expect(await slaFailure(lab, wrong)).toMatchObject({ code: 'host-key-changed' });
    expect(readIfPresent(join(lab.stateDir, 'known_hosts'))).toBe(pins);

    const right = ['rebuild', 'db', '--yes', '--new-key', fingerprint('db')];
    const rebuilt = await slaJson<{ readonly differences?: string }>(lab, right, withPassword);
    expect(rebuilt, rebuilt.differences).toMatchObject({ verdict: 'IDENTICAL' });
    await expectWhole(before);
  });

  it('before anybody asked is never saved: it gets the newest copy, once somebody says that it is new', async () => {
    await deliverAgain(hosts, 'db', { hasNewKey: false, takesOurKey: true });
    expect(await slaFailure(lab, ['rebuild', 'db', '--yes'])).toMatchObject({
      code: 'usage',
      remedy: expect.stringContaining('./sla rebuild db --is-new'),
    });
    const rebuilt = await slaJson(lab, ['rebuild', 'db', '--yes', '--is-new']);
    expect(rebuilt).toMatchObject({
      verdict: 'IDENTICAL',
      warnings: [expect.any(String), expect.any(String)],
    });
    expect(votes()).toBeGreaterThanOrEqual(1001);
  });
});
