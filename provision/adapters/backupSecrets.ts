import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { SlaError } from '../../core/errors.ts';
import { runLocal } from '../../core/local.ts';
import { readIfPresent, writePrivateOnce } from '../../core/state.ts';
import { type BackupSecrets, unmadeSecrets } from '../backups/secrets.ts';
import { Secret } from '../secret.ts';
import { authorityIn, makeCertificate, presentCertificate } from './certificate.ts';

/** Where the secrets lie on this machine. */
export interface SecretFolders {
  /** Of the authority and its certificates. */
  readonly tls: string;
  /** Of the keys and passwords. */
  readonly keys: string;
}

type Addresses = Readonly<Record<'db' | 'docker', string>>;

/** The secrets that are there; each is made when it is missing. Error: `machine-not-ready`. */
export async function ensureSecrets(folders: SecretFolders, addresses: Addresses): Promise<BackupSecrets> {
  const authority = await authorityIn(folders.tls);
  const certificateOf = async (name: 'db' | 'docker') =>
    presentCertificate(folders.tls, name, Date.now()) ??
    (await makeCertificate(folders.tls, [name], [addresses[name]]));
  await ensureCopyKey(folders.keys);
  return {
    ...presentSecrets(folders),
    key: ensureRandom(folders.keys, 'repository'),
    streamPassword: ensureRandom(folders.keys, 'stream'),
    authority,
    certificates: { db: await certificateOf('db'), docker: await certificateOf('docker') },
  };
}

/** The secrets that are there, and nothing in the place of the others. */
export function presentSecrets({ tls, keys }: SecretFolders): BackupSecrets {
  const secret = (name: string) => new Secret(readIfPresent(join(keys, name)) ?? '');
  const certificate = (name: string) => new Secret(readIfPresent(join(tls, `${name}.pem`)) ?? '');
  return {
    ...unmadeSecrets,
    key: secret('repository'),
    streamPassword: secret('stream'),
    authority: readIfPresent(join(tls, 'ca.crt')) ?? '',
    certificates: { db: certificate('db'), docker: certificate('docker') },
    copyKey: secret('copy'),
    copyPublicKey: readIfPresent(join(keys, 'copy.pub')) ?? '',
  };
}

/** 256 bits in letters and digits that no file of configuration takes for anything else. */
function ensureRandom(folder: string, name: string): Secret {
  const path = join(folder, name);
  if (readIfPresent(path) === undefined) writePrivateOnce(path, randomBytes(32).toString('base64url'));
  return new Secret(readIfPresent(path) ?? '');
}

async function ensureCopyKey(folder: string): Promise<void> {
  const path = join(folder, 'copy');
  if (readIfPresent(path) !== undefined && readIfPresent(`${path}.pub`) !== undefined) return;
  const made = await runLocal(['sh', '-ec', makeKeyScript, 'sh', folder]);
  if (made.exitCode === 0) return;
  throw new SlaError('machine-not-ready', 'ssh-keygen cannot make a key', { cause: made.stderr.trim() });
}

// The public half first: the private one says that the pair is complete.
const makeKeyScript = `umask 077; mkdir -p "$1"; cd "$1"; rm -f copy copy.pub copy.new copy.new.pub
ssh-keygen -q -t ed25519 -N '' -C 'sla-lab copy' -f copy.new
mv copy.new.pub copy.pub; mv copy.new copy`;
