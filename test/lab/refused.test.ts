import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkoutPath } from '../../core/state.ts';
import { docker, freeSubnet, secondLab, sla, slaFailure, type TestLab, writeConfig } from './lab.ts';

describe('what cannot go well is refused before anything is made', () => {
  let lab: TestLab;

  beforeAll(async () => {
    lab = await secondLab('refused');
  });

  afterAll(async () => {
    expect(docker('ps', '--all', '--quiet', '--filter', `label=sla.lab=${lab.name}`)).toBe('');
    expect(docker('volume', 'ls', '--quiet', '--filter', `label=sla.lab=${lab.name}`)).toBe('');
    expect(docker('network', 'ls', '--quiet', '--filter', `label=sla.lab=${lab.name}`)).toBe('');
  });

  const withLab = async (settings: Readonly<Record<string, unknown>>) => {
    writeConfig(lab, { lab: { name: lab.name, subnet: lab.subnet, ...settings } });
  };

  it.each(['status', 'up', 'up --dry-run', 'down', 'doctor'])('no Docker engine: %s', async (line) => {
    const env = { DOCKER_HOST: 'unix:///nonexistent' };
    const { exitStatus, stdout, stderr } = await sla(lab, line.split(' '), { env });
    expect(exitStatus).toBe(10);
    // What doctor finds is its result.
    expect(stdout + stderr).toContain('[engine-unreachable]');
    expect(stdout + stderr).toContain('docs/runbooks/engine-unreachable.md');
  });

  it('a subnet that another network uses is named with that network and the way out', async () => {
    const subnet = await freeSubnet();
    const name = `${lab.name}-squatter`;
    const labels = ['--label', `sla.lab=${name}`, '--label', `sla.checkout=${checkoutPath}`];
    docker('network', 'create', '--subnet', subnet, ...labels, name);
    try {
      const half = subnet.replace('/24', '/25');
      expect(await slaFailure(lab, ['up', '--subnet', half])).toMatchObject({
        exitStatus: 11,
        code: 'subnet-in-use',
        message: `the lab network ${half} overlaps ${subnet} of the Docker network ${name}`,
        remedy: expect.stringMatching(/lab\.subnet in sla\.config\.ts.*--subnet/),
      });
    } finally {
      docker('network', 'rm', name);
    }
  });

  it('a lab of the same name that another checkout made is named with its owner and the way out', async () => {
    const volume = `${lab.name}-disks`;
    docker(
      'volume',
      'create',
      '--label',
      `sla.lab=${lab.name}`,
      '--label',
      'sla.checkout=/elsewhere',
      volume,
    );
    try {
      for (const words of [['up'], ['down']])
        expect(await slaFailure(lab, words)).toMatchObject({
          exitStatus: 20,
          code: 'lab-owned-elsewhere',
          message: `the lab ${lab.name} belongs to the checkout /elsewhere`,
          remedy: expect.stringMatching(/--lab NAME.*or run "\.\/sla down" in \/elsewhere/),
        });
      expect(docker('volume', 'ls', '--quiet', '--filter', `name=${volume}`)).toBe(volume);
    } finally {
      docker('volume', 'rm', volume);
    }
  });

  it('a port that somebody listens on is named with the process', async () => {
    const squatter = createServer();
    await new Promise<void>((resolve) => squatter.listen(0, '127.0.0.1', resolve));
    const { port } = squatter.address() as { port: number };
    try {
      await withLab({ hosts: { app: { publishedPorts: { [port]: 8080 } } } });
      expect(await slaFailure(lab, ['up', '--dry-run'])).toMatchObject({
        exitStatus: 12,
        code: 'port-taken',
        message: expect.stringMatching(
          new RegExp(`^port ${port} of this machine is in use by .+ \\(process ${process.pid}\\)$`),
        ),
        remedy: expect.stringContaining('publishedPorts'),
      });
    } finally {
      squatter.close();
    }
  });

  it('disks that this machine has no room for are told with the missing size', async () => {
    await withLab({ hosts: { db: { diskGb: 1_000_000 } } });
    expect(await slaFailure(lab, ['up'])).toMatchObject({
      exitStatus: 13,
      code: 'disk-too-small',
      message: expect.stringMatching(/has [\d.]+ GiB free, but .* may take 10000\d\d\.\d GiB$/),
      remedy: expect.stringMatching(/^free [\d.]+ GiB there, or lower lab\.hosts\.\*\.diskGb/),
    });
  });

  it('a configuration with three mistakes tells all three, with path and nearest key', async () => {
    writeConfig(lab, {
      targt: 'lab',
      lab: { name: lab.name, subnet: '10.78.0.0', hosts: { db: { memroyMb: 512 } } },
    });
    const failure = await slaFailure(lab, ['up']);
    expect(failure).toMatchObject({
      exitStatus: 3,
      code: 'config-invalid',
      message: expect.stringContaining('has 3 mistakes'),
    });
    expect((failure.cause ?? '').split('\n').toSorted()).toEqual([
      'lab.hosts.db.memroyMb: unknown setting, did you mean "memoryMb"?',
      'lab.subnet: an IPv4 network like 10.77.0.0/24',
      'targt: unknown setting, did you mean "target"?',
    ]);
  });
});
