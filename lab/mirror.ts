import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readIfPresent } from '../core/state.ts';

/** Where Debian packages come from. */
export interface AptMirror {
  readonly main: string;
  readonly security: string;
}

/** The mirror that this machine itself uses, or undefined when it uses none of Debian's. */
export function machineMirror(aptFolder = '/etc/apt'): AptMirror | undefined {
  const parts = readdirIfPresent(join(aptFolder, 'sources.list.d')).map((name) =>
    join('sources.list.d', name),
  );
  const texts = ['sources.list', ...parts].map((name) => readIfPresent(join(aptFolder, name)) ?? '');
  return mirrorOf(texts);
}

/** The mirror named in apt's source files, of either format. Other distributions' and vendors' are passed over. */
export function mirrorOf(sources: readonly string[]): AptMirror | undefined {
  const addresses = sources.flatMap(addressesOf).map((address) => address.replace(/\/+$/, ''));
  const main = addresses.find((address) => /\/debian$/.test(address));
  return main === undefined ? undefined : withSecurity(main, addresses);
}

/** The mirror a team names itself; its security archive lies beside it. */
export const namedMirror = (address: string): AptMirror => withSecurity(address.replace(/\/+$/, ''), []);

const withSecurity = (main: string, addresses: readonly string[]): AptMirror => ({
  main,
  security: addresses.find((address) => /\/debian-security$/.test(address)) ?? `${main}-security`,
});

const addressesOf = (source: string): readonly string[] =>
  source
    .split('\n')
    .filter((line) => !/^\s*#/.test(line))
    .flatMap((line) =>
      /^(?:deb\s|URIs:)/i.exec(line.trim()) ? (line.match(/https?:\/\/[^\s\]]+/g) ?? []) : [],
    );

const readdirIfPresent = (path: string): readonly string[] => {
  try {
    return readdirSync(path).toSorted();
  } catch {
    return [];
  }
};
