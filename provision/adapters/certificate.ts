import { X509Certificate } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { SlaError } from '../../core/errors.ts';
import { runLocal } from '../../core/local.ts';
import { readIfPresent, writePrivate } from '../../core/state.ts';
import { Secret } from '../secret.ts';

const renewBeforeMs = 30 * 24 * 3_600_000;

/** Certificate and key of `name` in one PEM, as they lie in `folder`; undefined when missing or about to end. */
export function presentCertificate(folder: string, name: string, now: number): Secret | undefined {
  const pem = readIfPresent(join(folder, `${name}.pem`));
  if (pem === undefined) return undefined;
  const ends = new X509Certificate(pem).validToDate.getTime();
  return ends - now > renewBeforeMs ? new Secret(pem) : undefined;
}

/** The authority of `folder` in PEM, which is made when it is not there. Error: `machine-not-ready` without openssl. */
export async function authorityIn(folder: string): Promise<string> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const certificate = join(folder, 'ca.crt');
  if (readIfPresent(certificate) === undefined) {
    const authority = ['-x509', '-days', '3650', '-subj', '/CN=SLA Lab authority'];
    await openssl(['req', ...authority, ...newKey, '-keyout', join(folder, 'ca.key'), '-out', certificate]);
  }
  return readIfPresent(certificate) ?? '';
}

/**
 * A certificate of the folder's authority, for servers and for clients; the first of `names` is whom it names. A
 * browser that trusts `ca.crt` of that folder trusts the pages. Error: `machine-not-ready` without openssl.
 */
export async function makeCertificate(
  folder: string,
  names: readonly [string, ...string[]],
  addresses: readonly string[],
): Promise<Secret> {
  await authorityIn(folder);
  const path = (ending: string) => join(folder, ending);
  const [name] = names;
  const alternatives = [
    ...names.map((known) => `DNS:${known}`),
    ...addresses.map((address) => `IP:${address}`),
  ];
  const extensions = [
    `subjectAltName=${alternatives.join(',')}`,
    'basicConstraints=CA:FALSE',
    'extendedKeyUsage=serverAuth,clientAuth',
  ].flatMap((extension) => ['-addext', extension]);
  const signed = ['-x509', '-days', '390', '-CA', path('ca.crt'), '-CAkey', path('ca.key')];
  const files = ['-keyout', path(`${name}.key`), '-out', path(`${name}.crt`)];
  await openssl(['req', ...signed, '-subj', `/CN=${name}`, ...extensions, ...newKey, ...files]);
  const pem = `${readIfPresent(path(`${name}.crt`))}${readIfPresent(path(`${name}.key`))}`;
  writePrivate(path(`${name}.pem`), pem);
  return new Secret(pem);
}

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'] as const;

async function openssl(words: readonly string[]): Promise<void> {
  const { exitCode, stderr } = await runLocal(['openssl', ...words]);
  if (exitCode === 0) return;
  throw new SlaError('machine-not-ready', 'openssl cannot make a certificate', { cause: stderr.trim() });
}
