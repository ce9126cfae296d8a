import { readFileSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { repositoryFiles } from '../../cli/repository.ts';
import { hostNames } from '../../core/application.ts';
import { checkoutPath } from '../../core/state.ts';
import { describeContainers, docker, expectAllUp, hostOf, onHost, placeOf, run, testLab } from './lab.ts';

const gib = 2 ** 30;

describe('the hosts', () => {
  it.each(hostNames)('%s: systemd runs, and no unit has failed', async (name) => {
    expect(await onHost(testLab(), name, 'systemctl', 'is-system-running')).toBe('running');
    expect(await onHost(testLab(), name, 'systemctl', '--failed', '--no-legend')).toBe('');
  });

  it.each(hostNames)('%s: its key is the pinned one, made for it', (name) => {
    const { stateDir } = testLab();
    const place = placeOf(testLab(), name);
    const [type, key] = readFileSync(join(stateDir, 'keys', `${name}.pub`), 'utf8').split(' ');
    const pins = readFileSync(join(stateDir, 'known_hosts'), 'utf8').split('\n');
    expect(pins.filter((line) => line.startsWith(`${place} `))).toEqual([`${place} ${type} ${key}`]);
    expect(run('ssh-keyscan', '-t', 'ed25519', place)).toContain(`${place} ${type} ${key}`);
  });

  it('no file of the repository turns host key checking off', async () => {
    const off = /StrictHostKeyChecking[="' ,]+(no|off|accept-new|ask)\b/i;
    const offenders = (await repositoryFiles(checkoutPath, ''))
      // The texts that forbid it may name it.
      .filter(({ path }) => !path.endsWith('.md') && path !== 'test/lab/hosts.test.ts')
      .filter(({ text }) => off.test(text));
    expect(offenders.map(({ path }) => path)).toEqual([]);
  });
});

describeContainers('a disk of a host', () => {
  afterEach(() => expectAllUp(testLab()));

  it('ends where the configuration says, and is not the disk of this machine', async () => {
    const size = Number(await onHost(testLab(), 'db', 'sh', '-c', 'df --output=size -B1 /var | tail -n 1'));
    expect(size).toBeGreaterThan(1.8 * gib);
    expect(size).toBeLessThanOrEqual(2 * gib);

    const machineFolder = docker('info', '--format', '{{.DockerRootDir}}');
    const freeHere = () => statfsSync(machineFolder).bavail * statfsSync(machineFolder).bsize;
    const before = freeHere();
    const host = await hostOf(testLab(), 'db');
    try {
      const filled = await host.query(['fallocate', '--length', '3G', '/var/filler']);
      expect(filled.stderr).toContain('No space left on device');
      expect(filled.exitCode).not.toBe(0);
      expect(freeHere()).toBeGreaterThan(before - 2 * gib);
    } finally {
      await host.exec(['rm', '-f', '/var/filler']);
      host.close();
    }
  });
});

describeContainers('the memory of a host', () => {
  afterEach(() => expectAllUp(testLab()));

  it('ends where the configuration says: who asks for more is killed', async () => {
    const limit = Number(docker('inspect', '--format', '{{.HostConfig.Memory}}', `${testLab().name}-db`));
    expect(limit).toBe(gib);
    const host = await hostOf(testLab(), 'db');
    try {
      // The kernel's first choice, so that the databases stay.
      const greedy = 'head --bytes=2G /dev/zero | choom -n 1000 -- tail --lines=1 >/dev/null';
      // 137: ended by signal 9.
      expect((await host.query(['sh', '-c', greedy])).exitCode).toBe(137);
    } finally {
      host.close();
    }
  });
});
