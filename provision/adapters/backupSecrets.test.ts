import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { unmadeSecrets } from '../backups/secrets.ts';
import { ensureSecrets, presentSecrets, type SecretFolders } from './backupSecrets.ts';

let folder = '';
let folders: SecretFolders;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sla-secrets-'));
  folders = { tls: join(folder, 'tls'), keys: join(folder, 'keys') };
});
afterEach(() => rmSync(folder, { recursive: true }));

const addresses = { db: '10.77.0.12', docker: '10.77.0.13' };
const plain = (secrets: typeof unmadeSecrets) =>
  JSON.stringify([
    secrets.key.reveal(),
    secrets.streamPassword.reveal(),
    secrets.authority,
    secrets.certificates.db.reveal(),
    secrets.certificates.docker.reveal(),
    secrets.copyKey.reveal(),
    secrets.copyPublicKey,
  ]);

describe('the secrets of the backups', () => {
  it('are made once and stay, readable by their owner only', async () => {
    const made = await ensureSecrets(folders, addresses);
    expect(plain(await ensureSecrets(folders, addresses))).toBe(plain(made));
    expect(plain(presentSecrets(folders))).toBe(plain(made));
    for (const name of ['repository', 'stream', 'copy'])
      expect(statSync(join(folders.keys, name)).mode & 0o777, name).toBe(0o600);
    expect(statSync(folders.tls).mode & 0o777).toBe(0o700);
    expect(made.key.reveal()).toMatch(/^[\w-]{43}$/);
    expect(made.copyPublicKey).toMatch(/^ssh-ed25519 \S+ sla-lab copy\n$/);
  });

  it('are not made by a look', () => {
    expect(plain(presentSecrets(folders))).toBe(plain(unmadeSecrets));
    expect(readdirSync(folder)).toEqual([]);
  });

  it('name each host in its certificate, for servers and for clients, under one authority', async () => {
    const { authority, certificates } = await ensureSecrets(folders, addresses);
    for (const host of ['db', 'docker'] as const) {
      const certificate = new X509Certificate(certificates[host].reveal());
      expect(certificate.subject).toBe(`CN=${host}`);
      expect(certificate.subjectAltName).toBe(`DNS:${host}, IP Address:${addresses[host]}`);
      expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2']);
      expect(certificate.verify(new X509Certificate(authority).publicKey)).toBe(true);
    }
  });
});
