import { existsSync, realpathSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { Machine, type Run } from './machine.ts';

const narrates = (run: Run, text: string | RegExp) =>
  vi.waitFor(() => expect(run.narration()).toMatch(text), { timeout: 10_000 });

const inOneHour = () => new Date(Date.now() + 3_600_000);

describe('a ready machine', () => {
  test('runs the command with its arguments, from the checkout, on Node 26', async () => {
    await using machine = await Machine.start();
    const { status, stdout, stderr } = await machine.sla(['ssh', 'app', 'a b', '--no-install']).ended;
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(JSON.parse(stdout)).toEqual({
      argv: ['ssh', 'app', 'a b', '--no-install'],
      cwd: realpathSync(machine.checkout),
      callersCwd: machine.root,
      node: expect.stringMatching(/^v26\./),
    });
  });

  test('is found through a symbolic link', async () => {
    await using machine = await Machine.start();
    symlinkSync('checkout/sla', join(machine.root, 'link'));
    const { stdout } = await machine.sla(['version'], { program: join(machine.root, 'link') }).ended;
    expect(JSON.parse(stdout)).toMatchObject({ cwd: realpathSync(machine.checkout), argv: ['version'] });
  });

  test('is looked at once: the stamp holds the second time', async () => {
    await using machine = await Machine.start();
    await machine.sla(['status']).ended;
    expect(machine.read('.sla/terraform')).toMatch(/\/bin\/terraform\n$/);
    const looks = machine.calls('terraform').length;
    expect((await machine.sla(['status']).ended).status).toBe(0);
    expect(machine.calls('terraform')).toHaveLength(looks);
  });

  test.each(['package-lock.json', 'lab/package.json', 'sla', 'bootstrap/ready.sh'])(
    'is looked at again when %s is newer than the stamp',
    async (file) => {
      await using machine = await Machine.start();
      await machine.sla(['status']).ended;
      const looks = machine.calls('terraform').length;
      utimesSync(machine.path(file), inOneHour(), inOneHour());
      await machine.sla(['status']).ended;
      expect(machine.calls('terraform').length).toBeGreaterThan(looks);
    },
  );

  test('is looked at again when Terraform is gone', async () => {
    await using machine = await Machine.start();
    await machine.sla(['status']).ended;
    machine.remove('terraform');
    machine.fake('tofu', `echo '{ "terraform_version": "1.10.6" }'`);
    expect((await machine.sla(['status']).ended).status).toBe(0);
    expect(machine.read('.sla/terraform')).toMatch(/\/bin\/tofu\n$/);
  });

  test('passes over a Terraform that is too old', async () => {
    await using machine = await Machine.start();
    machine.fake('terraform', `echo '{ "terraform_version": "1.8.5" }'`);
    machine.fake('tofu', `echo '{ "terraform_version": "1.10.6" }'`);
    await machine.sla(['status']).ended;
    expect(machine.read('.sla/terraform')).toMatch(/\/bin\/tofu\n$/);
  });
});

describe('--no-install', () => {
  test('lists exactly what is missing, changes nothing and ends with status 4', async () => {
    await using machine = await Machine.start();
    machine.remove('mmdebstrap', 'mke2fs', 'terraform');
    rmSync(machine.path('node_modules/.package-lock.json'));
    const { status, stdout, stderr } = await machine.sla(['--no-install', 'up']).ended;
    expect({ status, stdout }).toEqual({ status: 4, stdout: '' });
    expect(
      stderr,
    ).toBe(`error: this machine is not ready, and --no-install forbids to change that [machine-not-ready]
  cause:  packages: e2fsprogs mmdebstrap
          the npm packages: npm ci
          Terraform or OpenTofu, 1.9 or newer, on PATH
  remedy: run "sudo apt-get install --no-install-recommends e2fsprogs mmdebstrap", or run ./sla without --no-install
`);
    expect([...machine.calls('apt-get'), ...machine.calls('npm')]).toEqual([]);
  });

  test('names an engine that does not answer', async () => {
    await using machine = await Machine.start();
    const dockerHost = `unix://${machine.root}/nobody.sock`;
    const { status, stderr } = await machine.sla(['--no-install', 'up'], { dockerHost }).ended;
    expect(status).toBe(4);
    expect(stderr).toContain(`cause:  a Docker engine that answers at ${dockerHost}\n`);
  });

  test('runs the command without itself when all is there', async () => {
    await using machine = await Machine.start();
    const { status, stdout } = await machine.sla(['--no-install', 'up', '--json']).ended;
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ argv: ['up', '--json'] });
  });
});

describe('missing packages', () => {
  test('are installed, with lines on stderr only', async () => {
    await using machine = await Machine.start();
    machine.remove('mmdebstrap');
    machine.fakeApt(['mmdebstrap']);
    const { status, stdout, stderr } = await machine.sla(['status', '--json']).ended;
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ argv: ['status', '--json'] });
    expect(stderr).toMatch(/^ {2}· apt: mmdebstrap …\n {2}✓ apt: mmdebstrap {2}\d+\.\d s\n$/);
  });

  test('include a browser for the tests only', async () => {
    await using machine = await Machine.start();
    machine.fakeApt(['chromium']);
    expect((await machine.sla(['status']).ended).stderr).toBe('');
    expect((await machine.sla(['test']).ended).stderr).toContain('✓ apt: chromium fonts-liberation');
    expect((await machine.sla(['test']).ended).stderr).toBe('');
  });

  test('are a copy-paste command for somebody who may not install', async () => {
    await using machine = await Machine.start();
    machine.remove('mmdebstrap', 'xz');
    machine.fake('id', 'echo 1000');
    machine.fake('sudo', 'exit 1');
    const { status, stderr } = await machine.sla(['up']).ended;
    expect(status).toBe(4);
    expect(stderr).toContain(
      'remedy: run "sudo apt-get install --no-install-recommends xz-utils mmdebstrap"',
    );
    expect(machine.calls('apt-get')).toEqual([]);
  });

  test('are a list where there is no apt-get', async () => {
    await using machine = await Machine.start();
    machine.remove('mmdebstrap', 'apt-get', 'dpkg-query', 'apt-cache');
    const { status, stderr } = await machine.sla(['up']).ended;
    expect(status).toBe(4);
    expect(stderr).toContain('there is no apt-get here');
    expect(stderr).toContain(
      'install with the package manager of this system (names as in Debian): mmdebstrap',
    );
  });

  test('that cannot be installed show the last words of apt-get', async () => {
    await using machine = await Machine.start();
    machine.remove('mmdebstrap');
    machine.fake('sleep', '');
    machine.fake(
      'apt-get',
      '[[ " $* " != *" install "* ]] || { echo "E: Unable to locate package" >&2; exit 100; }',
    );
    const { status, stderr } = await machine.sla(['up']).ended;
    expect(status).toBe(4);
    expect(stderr).toContain('E: Unable to locate package');
    expect(existsSync(machine.path('.sla/ready'))).toBe(false);
  });
});

test('an engine that is not ours to start ends with status 10 and its address', async () => {
  await using machine = await Machine.start();
  const dockerHost = `unix://${machine.root}/nobody.sock`;
  const { status, stdout, stderr } = await machine.sla(['up'], { dockerHost }).ended;
  expect({ status, stdout }).toEqual({ status: 10, stdout: '' });
  expect(stderr).toBe(`error: no Docker engine answers at ${dockerHost} [engine-unreachable]
  remedy: start that engine, or unset DOCKER_HOST to use the one of this machine
`);
  expect([...machine.calls('dockerd'), ...machine.calls('apt-get')]).toEqual([]);
});

test('no Terraform in any of three ways ends with status 4 and names the three', async () => {
  await using machine = await Machine.start();
  machine.remove('terraform', 'curl');
  machine.fake(
    'curl',
    '[[ " $* " == *" --unix-socket "* ]] || { echo "curl: (28) timed out" >&2; exit 28; }',
  );
  machine.fake('go', 'echo "module lookup disabled" >&2; exit 1');
  const { status, stderr } = await machine.sla(['up']).ended;
  expect(status).toBe(4);
  expect(stderr).toContain('curl: (28) timed out');
  expect(stderr).toContain('module lookup disabled');
  expect(stderr).toMatch(
    /remedy: do one of three: put terraform or tofu .* on PATH; .* download site .*; install Go/,
  );
});

describe('npm packages', () => {
  test('come without install scripts but the one of node', async () => {
    await using machine = await Machine.start();
    rmSync(machine.path('node_modules/.package-lock.json'));
    expect((await machine.sla(['status']).ended).stderr).toContain('✓ npm ci');
    const [ci, rebuild] = machine.calls('npm');
    expect(ci).toMatch(/^npm ci --ignore-scripts /);
    expect(rebuild).toBe('npm rebuild --no-ignore-scripts node');
  });

  test('are installed again after an npm ci that was cut off', async () => {
    await using machine = await Machine.start();
    await machine.sla(['status']).ended;
    rmSync(machine.path('node_modules/.package-lock.json'));
    expect((await machine.sla(['status']).ended).stderr).toContain('✓ npm ci');
  });

  test('are installed again when package-lock.json changed', async () => {
    await using machine = await Machine.start();
    const before = new Date(Date.now() - 3_600_000);
    utimesSync(machine.path('node_modules/.package-lock.json'), before, before);
    expect((await machine.sla(['status']).ended).stderr).toContain('✓ npm ci');
    expect((await machine.sla(['status']).ended).stderr).toBe('');
  });
});

describe('a bootstrap that somebody else runs', () => {
  test('is waited for by name, and its work is not done twice', async () => {
    await using machine = await Machine.start();
    machine.remove('mmdebstrap');
    machine.fakeApt(['mmdebstrap'], { waiting: true });
    const first = machine.sla(['first']);
    await narrates(first, '· apt: mmdebstrap');
    const second = machine.sla(['second']);
    await narrates(second, 'waiting for process');
    machine.proceed();
    const [one, two] = await Promise.all([first.ended, second.ended]);
    expect([one.status, two.status]).toEqual([0, 0]);
    expect(two.stderr).toMatch(
      new RegExp(
        `^ {2}· waiting for process ${first.child.pid}, .* since [\\d:]+ \\(now: apt: mmdebstrap\\)\n$`,
      ),
    );
    expect(machine.calls('apt-get').filter((call) => call.includes(' install '))).toHaveLength(1);
  });

  test('and was killed leaves no stamp; the next waits for the tool it left and goes on', async () => {
    await using machine = await Machine.start();
    machine.remove('mmdebstrap');
    machine.fakeApt(['mmdebstrap'], { waiting: true });
    const first = machine.sla(['first']);
    await narrates(first, '· apt: mmdebstrap');
    first.child.kill('SIGKILL');
    await vi.waitFor(() => expect(first.child.signalCode).toBe('SIGKILL'));
    expect(existsSync(machine.path('.sla/ready'))).toBe(false);
    const second = machine.sla(['second']);
    await narrates(second, `waiting for what process ${first.child.pid} left running`);
    machine.proceed();
    expect((await second.ended).status).toBe(0);
    expect(machine.calls('apt-get').filter((call) => call.includes(' install '))).toHaveLength(1);
  });

  test('and was interrupted says so, ends with status 130, and runs again', async () => {
    await using machine = await Machine.start();
    machine.remove('mmdebstrap');
    machine.fakeApt(['mmdebstrap'], { waiting: true });
    const first = machine.sla(['first']);
    await narrates(first, '· apt: mmdebstrap');
    machine.signal(first, 'SIGINT');
    const { status, stderr } = await first.ended;
    expect(status).toBe(130);
    expect(stderr).toContain('error: making this machine ready was interrupted [interrupted]');
    writeFileSync(join(machine.root, 'proceed'), '');
    expect((await machine.sla(['second']).ended).status).toBe(0);
  });
});
