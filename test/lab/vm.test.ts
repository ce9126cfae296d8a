import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postgresDump } from '../../backup/adapters/postgresDump.ts';
import { redisDump } from '../../backup/adapters/redisDump.ts';
import type { StoreBackup } from '../../backup/types.ts';
import { compareFingerprints } from '../../core/fingerprint/compare.ts';
import { type Kept, keepFingerprint, openKept, withFingerprint } from '../../core/fingerprint/keep.ts';
import type { Host } from '../../core/host.ts';
import { buildMissing, presentImages, tagsOf } from '../../core/images.ts';
import { runLocal } from '../../core/local.ts';
import { dockerProvider, libvirtProvider } from '../../core/providers/catalogue.ts';
import { ensureProviders } from '../../core/providers/ensure.ts';
import { openHost } from '../../core/ssh.ts';
import { sshCommand } from '../../core/sshClient.ts';
import { checkoutPath, keyPath, readIfPresent, type StateFolder, writePrivate } from '../../core/state.ts';
import { openStores } from '../../core/stores.ts';
import { openEngine } from '../../lab/adapters/engine.ts';
import { openHypervisor } from '../../lab/adapters/libvirt.ts';
import { type LabConfig, labConfig } from '../../lab/config.ts';
import { addressOf, labHosts, labRoot } from '../../lab/hosts.ts';
import { labImages } from '../../lab/images.ts';
import { ensureKeys } from '../../lab/keys.ts';
import { inventoryOf } from '../../lab/leftovers.ts';
import { machineMirror } from '../../lab/mirror.ts';
import { removeEverything } from '../../lab/remove.ts';
import { addressAt } from '../../lab/subnet.ts';
import { ensureHypervisor } from '../../lab/vm.ts';
import { withMachines } from '../../lab/vmEngine.ts';
import { exportVmImage, vmImages } from '../../lab/vmImages.ts';
import { unmadeSecrets } from '../../provision/backups/secrets.ts';
import { provisionConfig } from '../../provision/config.ts';
import { convergeHost } from '../../provision/converge.ts';
import { dbPhases } from '../../provision/roles/db.ts';
import { servingRoleOf } from '../../provision/roles/roles.ts';
import type { Site } from '../../provision/site.ts';
import type { Role } from '../../provision/types.ts';
import { freeSubnet, testLabName } from './lab.ts';

// One machine of the root of all three, so that a run takes minutes even where the processor is emulated.
const machine = 'module.host["db"]';
const minutes = 60_000;
const identity = { lab: `${testLabName()}-vm`, checkout: checkoutPath };
const narrate = (line: string): void => void process.stderr.write(`${line}\n`);
let folder: string;
let address: string;
let site: Site;
let terraformEnv: Record<string, string>;

describe.skipIf(process.arch !== 'x64')('a host as a virtual machine', () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sla-vm-test-'));
    const state: StateFolder = { checkout: checkoutPath, path: folder };
    await ensureHypervisor(state, narrate);
    await removeLeftovers();
    const lab = labConfig.parse({
      name: identity.lab,
      subnet: await freeSubnet(),
      substrate: 'vm',
      hosts: { db: { memoryMb: 512, diskGb: 3 } },
    });
    address = addressOf(lab, 'db');
    site = siteOf(lab);
    await ensureKeys(state);
    const recipes = [...labImages(machineMirror()), ...vmImages()];
    const tags = tagsOf(recipes);
    const needed = recipes.filter(({ name }) => ['debian', 'base', 'db', 'kernel', 'vm-db'].includes(name));
    await buildMissing(needed, await presentImages(), join(folder, 'build'), narrate);
    await exportVmImage(tags, 'db', narrate);
    const { cliConfigFile } = await ensureProviders({
      checkout: checkoutPath,
      stateDir: folder,
      terraform: terraform(),
      narrate,
      needed: [dockerProvider, libvirtProvider],
    });
    terraformEnv = {
      TF_CLI_CONFIG_FILE: cliConfigFile,
      TF_DATA_DIR: join(folder, 'data'),
      CHECKPOINT_DISABLE: '1',
    };
    const { variables } = labRoot(lab, identity, state, tags);
    writePrivate(join(folder, 'vm.tfvars.json'), JSON.stringify(variables));
    rmSync(join(root, '.terraform.lock.hcl'), { force: true });
    await inRoot('init', `-backend-config=path=${join(folder, 'vm.tfstate')}`);
    await inRoot('apply', '-auto-approve', `-target=${machine}`, ...inputs());
  }, 6 * minutes);

  afterAll(async () => {
    await removeLeftovers();
    rmSync(folder, { recursive: true, force: true });
  }, minutes);

  it('boots as delivered, under the key that was made for it', { timeout: 4 * minutes }, async () => {
    using host = await opened();
    expect(await said(host, 'systemctl', 'is-system-running', '--wait')).toBe('running');
    expect(await said(host, 'hostname')).toBe('db');
    expect(await said(host, 'systemctl', 'is-active', 'postgresql@17-main', 'redis-server')).toBe(
      'active\nactive',
    );
    expect(await said(host, 'getent', 'hosts', 'redis')).toContain(address);
  });

  it('has a file system as large as its disk', async () => {
    using host = await opened();
    const gib = Number(await said(host, 'sh', '-c', 'df --output=size -B1M / | tail -n 1')) / 1024;
    expect(gib).toBeGreaterThan(2.7);
    expect(gib).toBeLessThanOrEqual(3);
  });

  it('shows the private host key to nobody on this machine', async () => {
    const [, secret = ''] = readFileSync(join(folder, 'keys', 'db'), 'utf8').split('\n');
    const processes = await runLocal(['ps', '-e', '-ww', '-o', 'args']);
    expect(secret.length).toBeGreaterThan(40);
    expect(processes.stdout).toContain(`guest=${identity.lab}-db`);
    expect(processes.stdout).not.toContain(secret);
    expect(readFileSync(join(folder, 'vm.tfstate'), 'utf8')).not.toContain(secret);
  });

  it('is brought to its role as a container is, and has nothing to do afterwards', {
    timeout: 8 * minutes,
  }, async () => {
    expect((await converged()).phases.length).toBeGreaterThan(3);
    expect(await converged()).toMatchObject({ trips: 1, phases: [] });
    using host = await opened();
    expect(await said(host, 'systemctl', 'is-active', 'postgresql@17-main', 'redis-server')).toBe(
      'active\nactive',
    );
    // Its own kernel knows what a container of this machine may not.
    expect(Number(await said(host, 'cat', '/sys/fs/cgroup/system.slice/ssh.service/memory.min'))).toBe(
      48 * 2 ** 20,
    );
  });

  it('keeps what was written when it is rebooted', { timeout: 4 * minutes }, async () => {
    const before = await bootId();
    {
      using host = await opened();
      await host.exec(['sh', '-c', 'echo kept > /root/marker && sync']);
      await host.query(['systemctl', 'reboot']);
    }
    await expect
      .poll(bootId, { timeout: 3 * minutes, interval: 1000 })
      .toSatisfy((id) => /^[0-9a-f-]{36}$/.test(id) && id !== before);
    using host = await opened();
    expect(await said(host, 'cat', '/root/marker')).toBe('kept');
    expect(await said(host, 'systemctl', 'is-system-running', '--wait')).toBe('running');
    expect((await converged()).phases).toEqual([]);
  });

  it('comes back as delivered when it is replaced, and as it was when it is rebuilt', {
    timeout: 12 * minutes,
  }, async () => {
    const [kept, copy] = [join(folder, 'before'), join(folder, 'copy')];
    {
      using host = await opened();
      await host.exec(['runuser', '-u', 'postgres', '--', 'psql', '-Xqd', 'postgres'], thousandVotes);
      await host.exec([
        'redis-cli',
        'rpush',
        'votes',
        '{"voter_id":"one","vote":"a"}',
        '{"voter_id":"two","vote":"b"}',
      ]);
      await withState(host, (state) => keepFingerprint(kept, state));
      for (const backup of backups(host)) await backup.save(placeFor(copy, backup));
    }
    await inRoot(
      'apply',
      '-auto-approve',
      `-target=${machine}`,
      `-replace=${machine}.libvirt_volume.disk`,
      ...inputs(),
    );
    using host = await opened();
    expect((await host.query(['test', '-e', '/root/marker'])).exitCode).toBe(1);
    await inRoot('plan', '-detailed-exitcode', `-target=${machine}`, ...inputs());

    // As `sla rebuild` does it: what only hardens the host can wait until it serves.
    await converged({ host: 'db', phases: dbPhases(site) });
    for (const backup of backups(host)) await backup.restore(placeFor(copy, backup));
    const before = await openKept(kept);
    const certificate = await withState(
      host,
      async (after) => before && compareFingerprints(before.fingerprint, after.fingerprint),
    );
    expect(certificate).toMatchObject({ verdict: 'IDENTICAL' });
  });

  it('leaves nothing when it is removed', { timeout: 2 * minutes }, async () => {
    await inRoot('destroy', '-auto-approve', ...inputs());
    expect(await inventoryOf(engine, identity.lab)).toEqual({ containers: [], networks: [], volumes: [] });
  });
});

const converged = (role: Role = servingRoleOf(site, 'db')) =>
  convergeHost(
    role,
    { open: opened },
    { isDryRun: false, operator: 'a test', narrate: (line) => narrate(`db: ${line}`) },
  );

const thousandVotes = `
CREATE TABLE votes (id VARCHAR(255) NOT NULL UNIQUE, vote VARCHAR(255) NOT NULL);
INSERT INTO votes SELECT 'voter-' || n, CASE n % 3 WHEN 0 THEN 'a' ELSE 'b' END FROM generate_series(1, 1000) AS n;
`;

async function withState<T>(host: Host, use: (kept: Kept) => Promise<T>): Promise<T> {
  await using stores = await openStores(host);
  return await withFingerprint(stores, use);
}

function backups(host: Host): readonly StoreBackup[] {
  const knownHostsFile = join(folder, 'known_hosts');
  writePrivate(knownHostsFile, pin());
  const ssh = sshCommand(
    { name: 'db', address, user: 'root', sshPort: 22 },
    { keyFile: operatorKey(), knownHostsFile },
  );
  return [postgresDump(host, ssh), redisDump(host, ssh)];
}

function placeFor(copy: string, { store }: StoreBackup): string {
  mkdirSync(join(copy, store), { recursive: true });
  return join(copy, store);
}

const operatorKey = (): string => keyPath({ checkout: checkoutPath, path: folder }, 'operator');

function pin(): string {
  const [type, key] = readFileSync(join(folder, 'keys', 'db.pub'), 'utf8').split(' ');
  return `${address} ${type} ${key}\n`;
}

const siteOf = (lab: LabConfig): Site => ({
  hosts: labHosts(lab),
  operator: [addressAt(lab.subnet, 1)],
  settings: provisionConfig.parse({}),
  consolePorts: [],
  programs: { worker: {}, result: {} },
  secrets: unmadeSecrets,
  appHostKey: '',
});

const root = join(checkoutPath, 'terraform/lab-vm');
const engine = withMachines(openEngine(), openHypervisor(), identity);
const terraform = (): string => (readIfPresent(join(checkoutPath, '.sla/terraform')) ?? 'terraform').trim();
const inputs = (): readonly string[] => ['-input=false', `-var-file=${join(folder, 'vm.tfvars.json')}`];

async function inRoot(verb: string, ...words: readonly string[]): Promise<void> {
  const { exitCode, stdout, stderr } = await runLocal(
    [terraform(), `-chdir=${root}`, verb, '-no-color', ...words],
    { env: terraformEnv },
  );
  if (exitCode !== 0) throw new Error(`terraform ${verb} ended with status ${exitCode}\n${stdout}${stderr}`);
}

/** What an earlier run left, and what this one did. */
async function removeLeftovers(): Promise<void> {
  await removeEverything(engine, identity, undefined);
}

/** A session as soon as the machine answers; another key than the pinned one fails at once. */
async function opened(): Promise<Host & Disposable> {
  const deadline = performance.now() + 3 * minutes;
  for (;;) {
    try {
      const host = await openHost(
        { name: 'db', address, user: 'root', sshPort: 22 },
        {
          keyFile: operatorKey(),
          knownHosts: pin(),
          connectTimeoutMs: 5000,
        },
      );
      return { ...host, [Symbol.dispose]: () => host.close() };
    } catch (thrown) {
      if (!String(thrown).includes('cannot open an ssh session') || performance.now() > deadline)
        throw thrown;
      await sleep(500);
    }
  }
}

async function bootId(): Promise<string> {
  try {
    using host = await opened();
    return await said(host, 'cat', '/proc/sys/kernel/random/boot_id');
  } catch (thrown) {
    // While it goes down a session may end in the middle of the answer.
    return String(thrown);
  }
}

const said = async (host: Host, ...argv: readonly string[]): Promise<string> =>
  (await host.query(argv)).stdout.trim();
