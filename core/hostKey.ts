import { NodeSSH } from 'node-ssh';
import { SlaError } from './errors.ts';
import type { HostAddress } from './host.ts';

/**
 * The key that a host shows, in base64. Nothing is sent there: the connection ends before any login. Error:
 * `host-unreachable`, also for a host without a key of type ed25519.
 */
export async function shownKey(host: HostAddress, connectTimeoutMs: number): Promise<string> {
  const ssh = new NodeSSH();
  let shown: string | undefined;
  const refused = await ssh
    .connect({
      host: host.address,
      port: host.sshPort,
      username: host.user,
      readyTimeout: connectTimeoutMs,
      algorithms: { serverHostKey: ['ssh-ed25519'] },
      hostVerifier: (key: Buffer) => {
        shown = key.toString('base64');
        return false;
      },
    })
    .then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
  ssh.dispose();
  if (shown !== undefined) return shown;
  throw new SlaError('host-unreachable', `${host.name} (${host.address}:${host.sshPort}) shows no host key`, {
    cause: refused,
    remedy:
      'see that it runs, that adopted.hosts has its address and port, and that sshd has a key of type ed25519 ("ssh-keygen -A" makes one); then run "./sla adopt"',
  });
}
