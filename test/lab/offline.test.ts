import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readlinkSync, rmSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hostNames } from '../../core/application.ts';
import { tagsOf } from '../../core/images.ts';
import { labImages } from '../../lab/images.ts';
import { machineMirror } from '../../lab/mirror.ts';
import { stackImages } from '../../monitor/images.ts';
import {
  eventually,
  type RunOptions,
  run,
  secondLab,
  sla,
  slaJson,
  slaOk,
  type TestLab,
  testSubstrate,
} from './lab.ts';

const isRoot = process.getuid?.() === 0;

/**
 * A network namespace with nothing but its own loopback, and in it a Docker engine of its own that has the
 * images: engine, hosts and `sla` have no way out, and this machine's network stays as it is.
 */
describe.skipIf(!isRoot || testSubstrate === 'vm')(
  'a machine with no network at all, after everything is cached',
  () => {
    let lab: TestLab;
    let engine: ChildProcess;
    let options: RunOptions;

    beforeAll(async () => {
      lab = await secondLab('offline', {
        hosts: { app: { diskGb: 2 }, db: { diskGb: 2 }, docker: { diskGb: 2 } },
      });
      detachLeftDisks(lab);
      const folder = join(lab.stateDir, 'engine');
      mkdirSync(folder, { recursive: true });
      const env = { DOCKER_HOST: `unix://${join(folder, 'engine.sock')}` };
      engine = startEngine(folder, env.DOCKER_HOST);
      await eventually('the engine without a network answers', async () => (answers(env) ? true : undefined));
      giveImages(env);
      options = { env, under: ['nsenter', '--target', String(engine.pid), '--net', '--'] };
    });

    afterAll(async () => {
      await sla(lab, ['down'], options);
      const ended = new Promise((resolve) => engine.once('close', resolve));
      engine.kill('SIGTERM');
      await ended;
      detachLeftDisks(lab);
      rmSync(lab.stateDir, { recursive: true, force: true });
    });

    it('has no way out', () => {
      const inside = (...argv: readonly string[]) =>
        run('nsenter', '--target', String(engine.pid), '--net', ...argv);
      expect(inside('ip', 'route', 'show', 'default')).toBe('');
      expect(
        inside('ip', '-brief', 'link')
          .split('\n')
          .map((line) => line.split(' ')[0]),
      ).not.toContain('eth0');
    });

    it('brings a lab up, counts a vote and takes it down', async () => {
      await slaOk(lab, ['up'], options);
      const status = await sla(lab, ['status', '--json'], options);
      expect(JSON.parse(status.stdout).components.every(({ up }: { up: boolean }) => up)).toBe(true);
      expect((await slaJson<{ isEmpty: boolean }>(lab, ['up', '--dry-run'], options)).isEmpty).toBe(true);
      await slaOk(lab, ['down'], options);
      expect(hostNames.filter((name) => existsSync(linkOf(lab, name)))).toEqual([]);
    });
  },
);

/** Ends with the test run, however that ends. */
function startEngine(folder: string, socket: string): ChildProcess {
  const argv = [
    'dockerd',
    `--host=${socket}`,
    `--data-root=${join(folder, 'data')}`,
    `--exec-root=${join(folder, 'run')}`,
    `--pidfile=${join(folder, 'pid')}`,
  ];
  // A containerd of this machine would be taken for its own.
  const prepare =
    'ip link set lo up; mkdir -p /run/containerd; mount -t tmpfs none /run/containerd; exec "$@"';
  return spawn(
    'setpriv',
    ['--pdeathsig', 'TERM', '--', 'unshare', '--net', '--mount', 'sh', '-euc', prepare, 'sh', ...argv],
    { stdio: 'ignore' },
  );
}

function answers(env: Readonly<Record<string, string>>): boolean {
  try {
    execFileSync('docker', ['version'], { env: { ...process.env, ...env }, stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** What the cache of such a machine holds. */
function giveImages(env: Readonly<Record<string, string>>): void {
  const tags = tagsOf([...labImages(machineMirror()), ...stackImages]);
  execFileSync(
    'bash',
    [
      '-euo',
      'pipefail',
      '-c',
      'docker save "$@" | DOCKER_HOST=$0 docker load --quiet',
      env.DOCKER_HOST ?? '',
      ...tags.values(),
    ],
    { stdio: 'ignore' },
  );
}

const linkOf = ({ name }: TestLab, host: string): string => `/dev/sla-${name}-${host}`;

/** Disks of a run that was killed: its engine, and with it every other trace, is gone. */
function detachLeftDisks(lab: TestLab): void {
  for (const link of hostNames.map((name) => linkOf(lab, name))) {
    if (!existsSync(link)) continue;
    run('losetup', '--detach', readlinkSync(link));
    unlinkSync(link);
  }
}
