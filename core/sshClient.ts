import type { HostAddress } from './host.ts';
import type { Argv } from './shell.ts';

/** What the ssh program needs to reach a host and to refuse any other. */
export interface SshFiles {
  readonly keyFile: string;
  readonly knownHostsFile: string;
}

/** Options of the ssh program, as it takes them on its command line. */
export const sshOptions = ({ keyFile, knownHostsFile }: SshFiles): Argv => [
  '-F',
  '/dev/null',
  '-i',
  keyFile,
  '-o',
  'IdentitiesOnly=yes',
  '-o',
  // Between quotes, or a blank in the path would make two files of it.
  `UserKnownHostsFile="${knownHostsFile}"`,
  '-o',
  'StrictHostKeyChecking=yes',
  '-o',
  'HostKeyAlgorithms=ssh-ed25519',
  '-o',
  'ConnectTimeout=5',
  '-o',
  'LogLevel=ERROR',
];

export const sshCommand = (host: HostAddress, files: SshFiles): Argv => [
  'ssh',
  ...sshOptions(files),
  '-p',
  String(host.sshPort),
  `${host.user}@${host.address}`,
];
