import { readlinkSync, unlinkSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { hostNames } from '../../core/application.ts';
import {
  describeContainers,
  docker,
  downIn,
  expectAllUp,
  mend,
  run,
  sla,
  slaFailure,
  slaJson,
  slaOk,
  statusOf,
  testLab,
} from './lab.ts';
import { shownScores } from './scores.ts';

interface DryRun {
  readonly isEmpty: boolean;
  readonly images: readonly string[];
  readonly lab: { readonly isEmpty: boolean; readonly text: string };
  readonly stack: { readonly isEmpty: boolean; readonly text: string };
}

describe('up of a lab that is up', () => {
  it('changes nothing', async () => {
    const before = docker('ps', '--no-trunc', '--filter', `label=sla.lab=${testLab().name}`, '--quiet');
    const { terraform } = await slaJson<{ terraform: unknown }>(testLab(), ['up']);
    expect(terraform).toEqual({ add: 0, change: 0, remove: 0 });
    expect(docker('ps', '--no-trunc', '--filter', `label=sla.lab=${testLab().name}`, '--quiet')).toBe(before);
  });

  it('finds no change in either Terraform root when it only looks', async () => {
    const plan = await slaJson<DryRun>(testLab(), ['up', '--dry-run']);
    expect(plan).toMatchObject({
      isEmpty: true,
      images: [],
      lab: { isEmpty: true, text: expect.stringContaining('No changes') },
      stack: { isEmpty: true, text: expect.stringContaining('No changes') },
    });
    const { stdout } = await slaOk(testLab(), ['up', '--dry-run']);
    expect(stdout).toContain('Terraform root lab:\nNo changes');
    expect(stdout).toContain('Terraform root stack:\nNo changes');
  });
});

describeContainers('a host deleted behind our back', () => {
  afterEach(() => mend(testLab()));

  it('is named as gone by status and doctor, and up brings it back as delivered, be it db or docker', async () => {
    const { name } = testLab();
    await slaOk(testLab(), ['vote', 'A']);
    docker('rm', '--force', `${name}-db`, `${name}-docker`);

    const status = await statusOf(testLab());
    expect(status.hosts.find((host) => host.name === 'db')).toMatchObject({
      reachable: false,
      reason: expect.stringContaining('gone'),
    });
    expect(downIn(status)).toEqual(
      expect.arrayContaining(['db', 'docker', 'postgres', 'redis', 'prometheus']),
    );
    expect((await slaOk(testLab(), ['status'])).stdout).toMatch(/db .*it is gone: "\.\/sla up --config \S+"/);
    expect(await sla(testLab(), ['doctor', 'db'])).toMatchObject({ exitStatus: 33 });

    const { stderr } = await slaOk(testLab(), ['up']);
    expect(stderr).toContain('docker_container.host');
    const after = await statusOf(testLab());
    expect(downIn(after)).toEqual([]);
    // As delivered: the votes lived on that host.
    expect(shownScores(after.urls.result)).toEqual({ a: 0, b: 0 });
    expect((await slaJson<DryRun>(testLab(), ['up', '--dry-run'])).isEmpty).toBe(true);
  });
});

describeContainers('a reboot of the machine', () => {
  afterEach(() => mend(testLab()));

  it('costs no vote: up starts the same hosts with the same disks again', async () => {
    const { name } = testLab();
    await slaOk(testLab(), ['vote', 'B']);
    const { urls } = await statusOf(testLab());
    const before = shownScores(urls.result);
    const hosts = docker('ps', '--no-trunc', '--filter', `label=sla.lab=${name}`, '--format', '{{.ID}}');

    // What a reboot leaves: stopped containers, no loop device, no link in /dev.
    docker('kill', ...hosts.split('\n'));
    for (const host of hostNames) detachDisk(`/dev/sla-${name}-${host}`);

    const { terraform } = await slaJson<{ terraform: unknown }>(testLab(), ['up']);
    expect(terraform).toEqual({ add: 0, change: 0, remove: 0 });
    expect(downIn(await statusOf(testLab()))).toEqual([]);
    expect(shownScores(urls.result)).toEqual(before);
    expect(docker('ps', '--no-trunc', '--filter', `label=sla.lab=${name}`, '--format', '{{.ID}}')).toBe(
      hosts,
    );
  });
});

function detachDisk(link: string): void {
  run('losetup', '--detach', readlinkSync(link));
  unlinkSync(link);
}

describe('down of a lab that never was', () => {
  it('leaves this one as it is, pinned keys included', async () => {
    const { removed } = await slaJson<{ removed: readonly string[] }>(testLab(), [
      'down',
      '--lab',
      'never-made',
    ]);
    expect(removed).toEqual([]);
    await expectAllUp(testLab());
  });
});

describe('two at once', () => {
  it('the second says who holds the lab and since when, and a killed holder holds nothing', async () => {
    const started = new Date();
    let holder = 0;
    let second: Promise<unknown> | undefined;
    const first = sla(testLab(), ['up'], {
      onStart: ({ pid }) => {
        holder = pid;
      },
      onStderr: (_, child) => {
        second ??= slaFailure(testLab(), ['up']).finally(() => child.kill('SIGKILL'));
      },
    });
    await first;
    expect(await second).toMatchObject({
      exitStatus: 19,
      code: 'lab-busy',
      message: expect.stringContaining(`process ${holder}, since `),
      remedy: expect.stringContaining(`kill ${holder}`),
      runbook: 'docs/runbooks/lab-busy.md',
    });
    const { message } = (await second) as { message: string };
    const since = new Date(/since (\S+)\)/.exec(message)?.[1] ?? '');
    expect(since.getTime()).toBeGreaterThanOrEqual(started.getTime());

    await mend(testLab());
  });
});
