import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type HostName, hostNames } from '../../core/application.ts';
import { checkoutPath } from '../../core/state.ts';
import { addressAt } from '../../lab/subnet.ts';
import { docker, eventually, run } from './lab.ts';

/** Three hosts that nobody of ours made: started by hand, from the images of a lab. */
export interface AdoptedHosts {
  readonly name: string;
  readonly folder: string;
  readonly subnet: string;
  readonly images: Readonly<Record<HostName, string>>;
  /** The private key that `admin` of app and docker takes. */
  readonly key: string;
  address(host: HostName): string;
  /** Runs a shell line on a host as root, beside SSH. */
  on(host: HostName, line: string): string;
}

export const adminPassword = 'correct horse';

/** `images` names the image of each host. */
export async function startAdoptedHosts(
  name: string,
  folder: string,
  subnet: string,
  images: Readonly<Record<HostName, string>>,
): Promise<AdoptedHosts> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const key = join(folder, 'admin');
  const hosts: AdoptedHosts = {
    name,
    folder,
    subnet,
    images,
    key,
    address: (host) => addressAt(subnet, 20 + hostNames.indexOf(host)),
    on: (host, line) => docker('exec', `${name}-${host}`, 'sh', '-c', line),
  };
  removeAdoptedHosts(name);
  makeKey(key);
  docker('network', 'create', '--subnet', subnet, ...labels(name), name);
  for (const host of hostNames) startHost(hosts, host);
  for (const host of hostNames) await addAdmin(hosts, host, host !== 'db');
  return hosts;
}

export const makeKey = (path: string): string =>
  run('ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', 'admin', '-f', path);

/** By these the next run finds what a killed one left. */
const labels = (name: string): readonly string[] => [
  `--label=sla.lab=${name}`,
  `--label=sla.checkout=${checkoutPath}`,
];

/** What the client does when a machine is lost: another one from the same image, at the same address. */
export async function deliverAgain(
  hosts: AdoptedHosts,
  host: HostName,
  { hasNewKey, takesOurKey }: { readonly hasNewKey: boolean; readonly takesOurKey: boolean },
): Promise<void> {
  const fullName = `${hosts.name}-${host}`;
  docker('rm', '--force', '--volumes', fullName);
  docker('volume', 'rm', `${fullName}-disk`);
  if (hasNewKey) for (const end of ['', '.pub']) rmSync(join(hosts.folder, `${host}${end}`));
  startHost(hosts, host);
  await addAdmin(hosts, host, takesOurKey);
  allowSudo(hosts, host);
}

/** The flags of terraform/modules/host-container. */
function startHost(hosts: AdoptedHosts, host: HostName): void {
  const fullName = `${hosts.name}-${host}`;
  const hostKey = join(hosts.folder, host);
  if (!existsSync(hostKey)) makeKey(hostKey);
  const capabilities = 'AUDIT_WRITE MKNOD NET_ADMIN NET_RAW SYSLOG SYS_ADMIN SYS_PTRACE'.split(' ');
  docker('volume', 'create', ...labels(hosts.name), `${fullName}-disk`);
  docker(
    'create',
    `--name=${fullName}`,
    `--hostname=${host}`,
    ...labels(hosts.name),
    ...capabilities.map((capability) => `--cap-add=${capability}`),
    '--security-opt=apparmor=unconfined',
    '--security-opt=seccomp=unconfined',
    '--cgroupns=host',
    ...['/run', '/run/lock', '/tmp'].map((path) => `--tmpfs=${path}`),
    '--volume=/sys/fs/cgroup:/sys/fs/cgroup',
    `--volume=${fullName}-disk:/var`,
    `--network=${hosts.name}`,
    `--ip=${hosts.address(host)}`,
    `--add-host=redis:${hosts.address('db')}`,
    ...hostNames.map((other) => `--add-host=${other}:${hosts.address(other)}`),
    hosts.images[host],
  );
  docker('cp', hostKey, `${fullName}:/etc/ssh/ssh_host_ed25519_key`);
  docker('start', fullName);
}

/** A user who is not root, with a password on db. */
async function addAdmin(hosts: AdoptedHosts, host: HostName, takesOurKey: boolean): Promise<void> {
  await eventually(`${host} has started`, async () => {
    const state = hosts.on(host, 'systemctl is-system-running || true');
    return state === 'running' || state === 'degraded' ? state : undefined;
  });
  hosts.on(host, 'useradd --create-home --shell /bin/bash --groups sudo admin');
  hosts.on(host, `echo 'admin:${adminPassword}' | chpasswd`);
  if (host === 'db') {
    hosts.on(
      host,
      "sed -i 's/^PasswordAuthentication.*/PasswordAuthentication yes/' /etc/ssh/sshd_config.d/10-delivered.conf",
    );
    hosts.on(host, 'systemctl reload ssh');
  }
  if (takesOurKey) {
    hosts.on(host, 'install -d -m 700 -o admin -g admin /home/admin/.ssh');
    docker('cp', `${hosts.key}.pub`, `${hosts.name}-${host}:/home/admin/.ssh/authorized_keys`);
    hosts.on(host, 'chown admin: /home/admin/.ssh/authorized_keys');
  }
}

/** Lets `admin` do everything without a password. */
export const allowSudo = (hosts: AdoptedHosts, host: HostName): string =>
  hosts.on(host, "echo 'admin ALL=(ALL:ALL) NOPASSWD: ALL' > /etc/sudoers.d/admin");

/** Removes all that carries the name, whether or not its start came to an end. */
export function removeAdoptedHosts(name: string): void {
  const found = (kind: string, ...words: readonly string[]) =>
    docker(kind, 'ls', '--quiet', ...words, '--filter', `label=sla.lab=${name}`)
      .split('\n')
      .filter(Boolean);
  for (const id of found('container', '--all')) docker('rm', '--force', '--volumes', id);
  for (const id of found('network')) docker('network', 'rm', id);
  for (const id of found('volume')) docker('volume', 'rm', id);
}
