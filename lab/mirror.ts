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
  // Apt reads no others: `.save` and `.disabled` are what was.
  const parts = readdirIfPresent(join(aptFolder, 'sources.list.d'))
    .filter((name) => /\.(?:list|sources)$/.test(name))
    .map((name) => join('sources.list.d', name));
  const texts = ['sources.list', ...parts].map((name) => readIfPresent(join(aptFolder, name)) ?? '');
  return mirrorOf(texts);
}

/** The mirror named in apt's source files, of either format. Other distributions' and vendors' are passed over. */
export function mirrorOf(sources: readonly string[]): AptMirror | undefined {
  const addresses = sources
    .flatMap((source) => [...lineEntries(source), ...stanzaEntries(source)])
    .filter(isOfDebian)
    .flatMap(({ addresses }) => addresses.map(withoutSlash));
  const main = addresses.find((address) => /\/debian$/.test(address));
  return main === undefined ? undefined : withSecurity(main, addresses);
}

/** The mirror a team names itself; its security archive lies beside it. */
export const namedMirror = (address: string): AptMirror => withSecurity(withoutSlash(address), []);

const withSecurity = (main: string, addresses: readonly string[]): AptMirror => ({
  main,
  security: addresses.find((address) => /\/debian-security$/.test(address)) ?? `${main}-security`,
});

/** What apt was told of one or more archives. */
interface Entry {
  readonly addresses: readonly string[];
  readonly components: string;
  /** Key that must have signed the archive; unset: any that apt trusts. */
  readonly signedBy: string | undefined;
}

/** A vendor's archive may end with /debian too, but it has a key or components of its own. */
const isOfDebian = ({ components, signedBy }: Entry): boolean =>
  /\bmain\b/.test(components) && (signedBy === undefined || signedBy.includes('debian-archive'));

/** `deb [signed-by=FILE] ADDRESS SUITE COMPONENT…` */
const lineEntries = (source: string): readonly Entry[] =>
  [...source.matchAll(/^[ \t]*deb[ \t]+(?:\[([^\]]*)\][ \t]+)?(https?:\S+)[ \t]+\S+[ \t]+(.*)$/gm)].map(
    ([, options = '', address = '', components = '']) => ({
      addresses: [address],
      components,
      signedBy: /signed-by=(\S+)/i.exec(options)?.[1],
    }),
  );

/** Paragraphs of fields, whose values go on in lines that start with a blank. */
const stanzaEntries = (source: string): readonly Entry[] =>
  source
    .replaceAll(/^#.*\n?/gm, '')
    .split(/\n[ \t]*\n/)
    .flatMap((paragraph) => {
      const field = (name: string): string | undefined =>
        new RegExp(`^${name}:(.*(?:\\n[ \\t].*)*)`, 'im').exec(paragraph)?.[1]?.trim();
      const isUsed =
        /\bdeb\b(?!-)/.test(field('Types') ?? '') && !/^(no|false|0)$/i.test(field('Enabled') ?? '');
      if (!isUsed) return [];
      return [
        {
          addresses: (field('URIs') ?? '').match(/https?:\S+/g) ?? [],
          components: field('Components') ?? '',
          signedBy: field('Signed-By'),
        },
      ];
    });

const withoutSlash = (address: string): string => address.replace(/\/+$/, '');

const readdirIfPresent = (path: string): readonly string[] => {
  try {
    return readdirSync(path).toSorted();
  } catch {
    return [];
  }
};
