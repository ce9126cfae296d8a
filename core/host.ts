import type { Duplex, Readable } from 'node:stream';
import type { HostName } from './application.ts';
import type { Argv } from './shell.ts';

/** How a host is reached. */
export interface HostAddress {
  readonly name: HostName;
  readonly address: string;
  readonly user: string;
  readonly sshPort: number;
}

export interface RemoteResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** An open session to one host. */
export interface Host {
  readonly name: HostName;
  /** Runs a command whose failure is a result. */
  query(argv: Argv, input?: string | Readable): Promise<RemoteResult>;
  /** Runs a command; a failure throws `remote-command-failed`. */
  exec(argv: Argv, input?: string | Readable): Promise<RemoteResult>;
  /**
   * A connection made from the host to a port of its own loopback, or to a Unix socket by its path; rejects when
   * nothing listens there.
   */
  connect(place: number | string): Promise<Duplex>;
  close(): void;
}
