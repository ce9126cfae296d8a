import { X509Certificate } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { SlaError } from '../../core/errors.ts';
import { runLocal } from '../../core/local.ts';
import { readIfPresent, writePrivate } from '../../core/state.ts';
import { Secret } from '../secret.ts';

const renewBeforeMs = 30 * 24 * 3_600_000;

/** Certificate and key in one PEM, as they lie in `folder`; undefined when missing or about to end. */
export function presentCertificate(folder: string, now: number): Secret | undefined {
  const pem = readIfPresent(join(folder, 'app.pem'));
  if (pem === undefined) return undefined;
  const ends = new X509Certificate(pem).validToDate.getTime();
  return ends - now > renewBeforeMs ? new Secret(pem) : undefined;
}

/**
 * A certificate for `names` and `addresses` from an authority that is made in `folder` when it is not there.
 * A browser that trusts `ca.crt` of that folder trusts the pages. Error: `machine-not-ready` without openssl.
 */
export async function makeCertificate(
  folder: string,
  names: readonly string[],
  addresses: readonly string[],
): Promise<Secret> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = (name: string) => join(folder, name);
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  if (readIfPresent(path('ca.crt')) === undefined) {
    const authority = ['-x509', '-days', '3650', '-subj', '/CN=SLA Lab authority'];
    await openssl(['req', ...authority, ...key, '-keyout', path('ca.key'), '-out', path('ca.crt')]);
  }
  const alternatives = [
    ...names.map((name) => `DNS:${name}`),
    ...addresses.map((address) => `IP:${address}`),
  ];
  const extensions = [
    '-addext',
    `subjectAltName=${alternatives.join(',')}`,
    '-addext',
    'basicConstraints=CA:FALSE',
  ];
  const signed = ['-x509', '-days', '390', '-CA', path('ca.crt'), '-CAkey', path('ca.key')];
  const subject = ['-subj', `/CN=${names[0]}`];
  await openssl([
    'req',
    ...signed,
    ...subject,
    ...extensions,
    ...key,
    '-keyout',
    path('app.key'),
    '-out',
    path('app.crt'),
  ]);
  const pem = `${readIfPresent(path('app.crt'))}${readIfPresent(path('app.key'))}`;
  writePrivate(path('app.pem'), pem);
  return new Secret(pem);
}

async function openssl(words: readonly string[]): Promise<void> {
  const { exitCode, stderr } = await runLocal(['openssl', ...words]);
  if (exitCode === 0) return;
  throw new SlaError('machine-not-ready', 'openssl cannot make a certificate', { cause: stderr.trim() });
}
