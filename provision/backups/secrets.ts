import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';
import { Secret } from '../secret.ts';

/** What only the hosts themselves, and the state folder of this machine, may know. */
export interface BackupSecrets {
  /** Encrypts the repository and the cuts; only docker has it. */
  readonly key: Secret;
  /** Of the role that may replicate. */
  readonly streamPassword: Secret;
  /** The authority that db and docker know each other by, in PEM. */
  readonly authority: string;
  /** Certificate and key in one PEM, each named as its host. */
  readonly certificates: Readonly<Record<'db' | 'docker', Secret>>;
  /** With which root of docker reaches the copies on app. */
  readonly copyKey: Secret;
  /** Type, base64 and comment, in one line. */
  readonly copyPublicKey: string;
}

/** In the place of secrets that a look does not make. */
export const unmadeSecrets: BackupSecrets = {
  key: new Secret(''),
  streamPassword: new Secret(''),
  authority: '',
  certificates: { db: new Secret(''), docker: new Secret('') },
  copyKey: new Secret(''),
  copyPublicKey: '',
};

/**
 * What PostgreSQL keeps of a password, as RFC 5803 writes it. The same password gives the same verifier: its salt
 * comes from the password, which is long and random, so that a server made anew holds what the old one held.
 */
export function scramVerifier(password: string): string {
  const salt = createHash('sha256').update(`salt of ${password}`).digest().subarray(0, 16);
  const salted = pbkdf2Sync(password, salt, rounds, 32, 'sha256');
  const keyOf = (label: string) => createHmac('sha256', salted).update(label).digest();
  const stored = createHash('sha256').update(keyOf('Client Key')).digest('base64');
  return `SCRAM-SHA-256$${rounds}:${salt.toString('base64')}$${stored}:${keyOf('Server Key').toString('base64')}`;
}

const rounds = 4096;
