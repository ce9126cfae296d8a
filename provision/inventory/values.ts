import { createHash } from 'node:crypto';
import { fingerprintOf } from '../../core/knownHosts.ts';

/** A file, as `files` of an inventory holds it; `sum` is SHA-256 in hexadecimal. */
export const fileText = (mode: string, owner: string, sum: string): string =>
  `${mode.padStart(4, '0')} ${owner} ${sum}`;

/** A published port, as `ports` of a container holds it. */
export const publishText = (address: string, port: string, inside: string): string =>
  `${address === '' || address === '0.0.0.0' ? '' : `${address}:`}${port} to ${inside}`;

/** Limits of a log, as `log` of a container holds them. */
export const logText = (type: string, options: Readonly<Record<string, string>>): string =>
  [
    type,
    ...Object.entries(options)
      .map(([name, value]) => `${name}=${value}`)
      .toSorted(),
  ].join(' ');

/** Several values in one line, in an order that does not depend on how they were given. */
export const listText = (values: readonly string[] | null): string => (values ?? []).toSorted().join(', ');

/** The name of a key in `keys`; the key in base64. */
export const keyItem = (user: string, key: string): string => `${user} ${fingerprintOf(key)}`;

/** SHA-256 in hexadecimal. */
export const sumOf = (text: string): string => createHash('sha256').update(text).digest('hex');
