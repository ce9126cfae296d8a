import { copies, places } from '../../core/backupLayout.ts';
import type { HostAddress } from '../../core/host.ts';
import { placeOf } from '../../core/knownHosts.ts';

/** Of the user on app that the copies belong to; root's, so that what may be copied cannot open it further. */
export const copyHome = '/var/lib/sla-copy';

const files = { key: '/etc/sla/copy.key', knownHosts: '/etc/sla/copy.known_hosts' } as const;
export const copyFiles = { ...files, ssh: places.copySsh };

/** The one key that may come in, and all it may do; several at a time, because copies differ in their length. */
export const copyAuthorized = (publicKey: string): string =>
  `restrict,command="/usr/bin/rrsync -no-lock ${copies.root}" ${publicKey.trim()}\n`;

/** What `ssh -F` reads on docker: app, under the key that is pinned here too, and nothing else. */
export const copySshConfig = ({ address, sshPort }: HostAddress): string => `Host app
  HostName ${address}
  Port ${sshPort}
  User ${copies.user}
  IdentityFile ${files.key}
  IdentitiesOnly yes
  UserKnownHostsFile ${files.knownHosts}
  GlobalKnownHostsFile /dev/null
  HostKeyAlgorithms ssh-ed25519
  StrictHostKeyChecking yes
  BatchMode yes
  ConnectTimeout 5
  ServerAliveInterval 5
  ServerAliveCountMax 2
`;

export const copyKnownHosts = (app: HostAddress, key: string): string =>
  `${placeOf(app)} ssh-ed25519 ${key}\n`;
