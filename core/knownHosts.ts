import { createHash } from 'node:crypto';
import type { HostAddress } from './host.ts';

type Place = Pick<HostAddress, 'address' | 'sshPort'>;

/** The base64 key pinned for a host, or undefined. */
export function pinnedKey(knownHosts: string, place: Place): string | undefined {
  for (const line of knownHosts.split('\n')) {
    const [hosts, type, key] = line.trim().split(/\s+/);
    if (type === 'ssh-ed25519' && hosts?.split(',').includes(placeOf(place))) return key;
  }
  return undefined;
}

/** As known_hosts names a host. */
export const placeOf = ({ address, sshPort }: Place): string =>
  sshPort === 22 ? address : `[${address}]:${sshPort}`;

/** As `ssh-keygen -l` prints it: SHA256: and unpadded base64. */
export const fingerprintOf = (base64Key: string): string =>
  `SHA256:${createHash('sha256').update(Buffer.from(base64Key, 'base64')).digest('base64').replace(/=+$/, '')}`;
