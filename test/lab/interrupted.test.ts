import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type HostName, hostNames } from '../../core/application.ts';
import { checkoutPath, readIfPresent } from '../../core/state.ts';
import { openEngine } from '../../lab/adapters/engine.ts';
import { inventoryOf } from '../../lab/leftovers.ts';
import {
  describeContainers,
  docker,
  eventually,
  expectAllUp,
  run,
  secondLab,
  sla,
  slaFailure,
  slaJson,
  slaOk,
  type TestLab,
} from './lab.ts';

/** One throw-away lab goes through all of it, in this order. */
describeContainers('a lab whose up is interrupted', () => {
  let lab: TestLab;
  let port: number;
  let bystander: string;

  beforeAll(async () => {
    port = await freePort();
    lab = await secondLab('kill', {
      hosts: {
        app: { diskGb: 2, publishedPorts: { [port]: 8080 } },
        db: { diskGb: 2 },
        docker: { diskGb: 2 },
      },
    });
    bystander = makeBystander(lab);
  });

  afterAll(async () => {
    await sla(lab, ['down']);
    docker('rm', '--force', bystander);
    docker('volume', 'rm', bystander);
  });

  it('by Ctrl-C while the hosts are made ends with 130, and no child of it goes on', async () => {
    let isSignalled = false;
    const { exitStatus, stderr } = await sla(lab, ['up'], {
      onStderr: (text, child) => {
        if (isSignalled || !text.includes('docker_volume.disk')) return;
        isSignalled = true;
        child.kill('SIGINT');
      },
    });
    expect(exitStatus, stderr).toBe(130);
    expect(stderr).toContain('[interrupted]');
    expect(processesOf(lab)).toEqual([]);
  });

  it('by kill -9 at five moments leaves no child of it for long', async () => {
    for (let round = 1; round <= 5; round += 1) {
      const afterMs = 300 + Math.round(Math.random() * 6000 * round);
      await sla(lab, ['up'], {
        onStart: (child) => void sleep(afterMs).then(() => child.kill('SIGKILL')),
      });
      await eventually(`every child of the up killed after ${afterMs} ms has ended`, async () =>
        processesOf(lab).length === 0 ? true : undefined,
      );
    }
  });

  it('goes on from there with the next up, and the port that was free leads to the vote page', async () => {
    await slaOk(lab, ['up']);
    await expectAllUp(lab);
    expect((await slaJson<{ isEmpty: boolean }>(lab, ['up', '--dry-run'])).isEmpty).toBe(true);
    expect((await fetch(`http://127.0.0.1:${port}`)).status).toBe(200);
  });

  it('is refused while a living Terraform holds the state, and not by what a dead one left', async () => {
    docker('rm', '--force', `${lab.name}-mailbox`);
    const terraform = await terraformThatAsks(lab);
    expect(await slaFailure(lab, ['up'])).toMatchObject({
      exitStatus: 18,
      code: 'terraform-locked',
      message: expect.stringContaining(`lab ${lab.name} finds its state locked`),
      cause: expect.stringContaining('OperationTypeApply'),
      runbook: 'docs/runbooks/terraform-locked.md',
    });

    const ended = new Promise((resolve) => terraform.once('close', resolve));
    process.kill(-(terraform.pid ?? 0), 'SIGKILL');
    await ended;
    expect(existsSync(join(stateOf(lab), '.lab.tfstate.lock.info'))).toBe(true);
    await slaOk(lab, ['up']);
    await expectAllUp(lab);
  });

  it('starts a host as delivered whose making was cut off, although it ran and was written to', async () => {
    const before = containerId(`${lab.name}-app`);
    taint(lab, 'app');
    await slaOk(lab, ['up']);
    expect(containerId(`${lab.name}-app`)).not.toBe(before);
    await expectAllUp(lab);
    expect((await slaJson<{ isEmpty: boolean }>(lab, ['up', '--dry-run'])).isEmpty).toBe(true);
  });

  it('is removed by down with all it made and nothing else', async () => {
    const links = hostNames.map((name) => `/dev/sla-${lab.name}-${name}`);
    const loops = links.map(backingOf);
    const { removed } = await slaJson<{ removed: readonly string[] }>(lab, ['down', '--dry-run']);
    expect(removed).toContain(`${lab.name}-db`);
    await slaOk(lab, ['down']);

    const left = await inventoryOf(openEngine(), lab.name);
    expect(left).toEqual({ containers: [], networks: [], volumes: [] });
    for (const kind of ['container', 'network', 'volume'])
      expect(
        docker(kind, 'ls', '--quiet', '--filter', `name=^${lab.name}-(app|db|docker|mailbox|net|disks)`),
      ).toBe('');
    expect(links.filter((link) => existsSync(link))).toEqual([]);
    const attached = run('losetup', '--list', '--noheadings', '--output', 'NAME,BACK-INO').split('\n');
    for (const loop of loops) expect(attached.map(words)).not.toContain(loop);
    expect(existsSync(stateOf(lab))).toBe(false);
    expect(readIfPresent(join(lab.stateDir, 'known_hosts')) ?? '').toBe('');
    expect(processesOf(lab)).toEqual([]);

    expect(docker('inspect', '--format', '{{.State.Running}}', bystander)).toBe('true');
    expect(docker('volume', 'ls', '--quiet', '--filter', `name=${bystander}`)).toBe(bystander);
    expect((await slaJson<{ removed: readonly string[] }>(lab, ['down'])).removed).toEqual([]);
  });
});

const stateOf = ({ stateDir, name }: TestLab): string => join(stateDir, 'labs', name);

/** A container and a volume beside the lab, labelled as another lab's of this checkout. */
function makeBystander(lab: TestLab): string {
  const name = `${lab.name}-bystander`;
  const labels = ['--label', `sla.lab=${name}`, '--label', `sla.checkout=${checkoutPath}`];
  const image = docker('inspect', '--format', '{{.Config.Image}}', lab.name.replace(/kill$/, 'mailbox'));
  docker('volume', 'create', ...labels, name);
  docker(
    'run',
    '--detach',
    '--name',
    name,
    ...labels,
    '--volume',
    `${name}:/kept`,
    image,
    'sleep',
    'infinity',
  );
  return name;
}

/** Command lines of processes that inherited the state folder of this lab. */
const processesOf = ({ stateDir }: TestLab): readonly string[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((pid) => {
      const environment = contentOf(`/proc/${pid}/environ`);
      return environment.split('\0').includes(`SLA_STATE_DIR=${stateDir}`)
        ? [contentOf(`/proc/${pid}/cmdline`).replaceAll('\0', ' ')]
        : [];
    });

/** A process may end between the listing and the look. */
function contentOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** Terraform itself, holding the state of the first root while it waits for a yes that never comes. */
async function terraformThatAsks(lab: TestLab): Promise<ChildProcess> {
  const binary = (readIfPresent(join(checkoutPath, '.sla/terraform')) ?? 'terraform').trim();
  const child = spawn(
    binary,
    [
      `-chdir=${join(checkoutPath, 'terraform/lab')}`,
      'apply',
      '-no-color',
      `-var-file=${join(stateOf(lab), 'lab.tfvars.json')}`,
    ],
    {
      env: {
        ...process.env,
        TF_CLI_CONFIG_FILE: join(lab.stateDir, 'terraform.rc'),
        TF_DATA_DIR: join(stateOf(lab), 'terraform-lab'),
      },
      stdio: ['pipe', 'pipe', 'inherit'],
      detached: true,
    },
  );
  let said = '';
  child.stdout.on('data', (chunk) => {
    said += chunk;
  });
  await eventually('Terraform asks for a yes', async () =>
    said.includes('Enter a value') ? true : undefined,
  );
  return child;
}

const containerId = (name: string): string => docker('inspect', '--format', '{{.Id}}', name);

/** What a Terraform leaves that was killed between the start of a host and the end of its creation. */
function taint(lab: TestLab, name: HostName): void {
  const path = join(stateOf(lab), 'lab.tfstate');
  const state = JSON.parse(readFileSync(path, 'utf8')) as State;
  const instance = state.resources
    .find(({ type, module }) => type === 'docker_container' && module === `module.host["${name}"]`)
    ?.instances.at(0);
  if (!instance) throw new Error(`no container of ${name} in ${path}`);
  instance.status = 'tainted';
  writeFileSync(path, JSON.stringify({ ...state, serial: state.serial + 1 }));
}

interface State {
  readonly serial: number;
  readonly resources: readonly {
    readonly type: string;
    readonly module?: string;
    readonly instances: readonly { status?: string }[];
  }[];
}

/** Loop device and inode of the image behind a disk's link. */
const backingOf = (link: string): readonly string[] =>
  words(run('losetup', '--list', '--noheadings', '--output', 'NAME,BACK-INO', run('readlink', link)));

const words = (line: string): readonly string[] => line.trim().split(/\s+/);

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
