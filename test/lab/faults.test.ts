import { afterEach, describe, expect, it } from 'vitest';
import {
  describeContainers,
  docker,
  mend,
  onHost,
  sla,
  slaFailure,
  slaJson,
  statusOf,
  testLab,
} from './lab.ts';

describe('a stopped postgresql', () => {
  afterEach(() => mend(testLab()));

  it('is named with what depends on it, and doctor stops at its hop', async () => {
    await onHost(testLab(), 'db', 'systemctl', 'stop', 'postgresql@17-main.service');
    const { components, hosts } = await statusOf(testLab());
    expect(hosts.every(({ reachable }) => reachable)).toBe(true);
    expect(components.find(({ name }) => name === 'postgres')).toMatchObject({
      up: false,
      reason: 'nothing listens on port 5432',
      affects: ['worker', 'result', 'vote'],
    });
    expect((await sla(testLab(), ['status'])).stdout).toMatch(
      /postgres .*nothing listens on port 5432; affects worker, result, vote/,
    );

    for (const words of [['doctor'], ['doctor', 'db']]) {
      const { exitStatus, stdout } = await sla(testLab(), ['doctor', '--json', ...words.slice(1)]);
      expect(exitStatus).toBe(36);
      expect(JSON.parse(stdout).broken).toMatchObject({
        what: 'postgres: unit runs',
        error: {
          code: 'unit-down',
          remedy: expect.stringContaining('systemctl start postgresql@17-main.service'),
          runbook: 'docs/runbooks/unit-down.md',
        },
      });
    }

    await onHost(testLab(), 'db', 'systemctl', 'start', 'postgresql@17-main.service');
    await mend(testLab());
    const { broken } = await slaJson<{ broken: unknown }>(testLab(), ['doctor']);
    expect(broken).toBeNull();
  });
});

describeContainers('a host that shows another key', () => {
  const key = '/etc/ssh/ssh_host_ed25519_key';
  const inDb = (script: string) => docker('exec', `${testLab().name}-db`, 'sh', '-euc', script);

  afterEach(async () => {
    inDb(`[ ! -e ${key}.pinned ] || { mv ${key}.pinned ${key}; systemctl restart ssh; }`);
    await mend(testLab());
  });

  it('is refused by every command, with the runbook', async () => {
    inDb(
      `mv ${key} ${key}.pinned; rm -f ${key}.pub; ssh-keygen -q -t ed25519 -N '' -f ${key}; systemctl restart ssh`,
    );
    const refusal = {
      exitStatus: 31,
      code: 'host-key-changed',
      message: expect.stringMatching(/^db \(\S+\) shows the host key SHA256:\S+, but SHA256:\S+ is pinned$/),
      remedy: expect.stringContaining('docs/runbooks/host-key-changed.md'),
    };
    for (const words of [['ssh', 'db', 'true'], ['logs', 'db'], ['up']])
      expect(await slaFailure(testLab(), words), words.join(' ')).toMatchObject(refusal);

    const status = await sla(testLab(), ['status', '--json']);
    expect(status.exitStatus).toBe(31);
    expect(JSON.parse(status.stdout).hosts).toContainEqual(
      expect.objectContaining({
        name: 'db',
        reachable: false,
        code: 'host-key-changed',
        reason: expect.stringContaining('docs/runbooks/host-key-changed.md'),
      }),
    );

    const shell = await sla(testLab(), ['ssh', 'db', 'echo', 'reached']);
    expect(shell).toMatchObject({ exitStatus: 31, stdout: expect.not.stringContaining('reached') });
    expect(shell.stderr).toContain('Host key verification failed');

    const doctor = await sla(testLab(), ['doctor', '--json', 'db']);
    expect(doctor.exitStatus).toBe(31);
    expect(JSON.parse(doctor.stdout).broken).toMatchObject({
      what: 'db: host key',
      error: { code: 'host-key-changed', runbook: 'docs/runbooks/host-key-changed.md' },
    });
  });
});
