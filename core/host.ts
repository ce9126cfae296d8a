import type { Duplex, Readable, Writable } from 'node:stream';
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

/** Where the bytes of a command come from and go to; what it says on stderr is text. */
export interface Bytes {
  readonly input?: Readable;
  readonly output?: Writable;
}

/** An open session to one host. */
export interface Host {
  readonly name: HostName;
  /** Runs a command whose failure is a result. */
  query(argv: Argv, input?: string | Readable): Promise<RemoteResult>;
  /** Runs a command; a failure throws `remote-command-failed`. */
  exec(argv: Argv, input?: string | Readable): Promise<RemoteResult>;
  /**
   * Runs a command that takes or gives bytes, or more than fits into memory; a failure throws
   * `remote-command-failed`. The output is ended when the command has.
   */
  pipe(argv: Argv, bytes: Bytes): Promise<void>;
  /**
   * A connection made from the host to a port of its own loopback, or to a Unix socket by its path; rejects when
   * nothing listens there.
   */
  connect(place: number | string): Promise<Duplex>;
  close(): void;
}
