import { randomFrom } from '../../core/random.ts';

/** What a part of a copy is for. */
export const partRoles = ['backup', 'index', 'segment', 'snapshot', 'fingerprint', 'cut'] as const;
export type PartRole = (typeof partRoles)[number];

/** Bytes of a copy without which the cut cannot be restored. */
export interface Part {
  readonly role: PartRole;
  /** Relative to the copy: `repository/…`, `cuts/LABEL/…`. */
  readonly file: string;
  /** All bytes of the range count; what lies around it may be of another backup. */
  readonly from: number;
  readonly bytes: number;
  /** A second copy of the same file, which is taken when the first is damaged: both are damaged. */
  readonly twin?: string;
}

export const damageKinds = [
  'bit flip',
  'missing segment',
  'missing file',
  'swapped files',
  'truncated snapshot',
  'wrong key',
  'torn fingerprint',
] as const;
export type DamageKind = (typeof damageKinds)[number];

export type Damage =
  | {
      readonly kind: 'bit flip';
      readonly files: readonly string[];
      readonly offset: number;
      readonly bit: number;
    }
  | { readonly kind: 'missing segment' | 'missing file'; readonly files: readonly string[] }
  | { readonly kind: 'swapped files'; readonly files: readonly [string, string] }
  /** Of the opened snapshot, as if it had been taken so: `share` of it is left. */
  | { readonly kind: 'truncated snapshot'; readonly share: number }
  | { readonly kind: 'wrong key'; readonly of: 'repository' | 'cut'; readonly key: string }
  | { readonly kind: 'torn fingerprint'; readonly file: string; readonly share: number };

/** The same seed, and the same parts in the same order, give the same damage. */
export function chooseDamage(seed: number, parts: readonly Part[]): Damage {
  const random = randomFrom(seed);
  const possible = damageKinds.filter((kind) => isPossible(kind, parts));
  const kind = random.pick(possible);
  const ofRole = (...roles: readonly PartRole[]) => parts.filter(({ role }) => roles.includes(role));
  switch (kind) {
    case 'bit flip': {
      // The role first: among hundreds of files of a backup nothing else would ever be chosen.
      const part = random.pick(ofRole(random.pick(partRoles.filter((role) => ofRole(role).length > 0))));
      const offset = part.from + random.below(part.bytes);
      return { kind, files: filesOf(part), offset, bit: random.below(8) };
    }
    case 'missing segment':
      return { kind, files: filesOf(random.pick(ofRole('segment'))) };
    case 'missing file':
      return {
        kind,
        files: filesOf(random.pick(ofRole('backup', 'index', 'snapshot', 'fingerprint', 'cut'))),
      };
    case 'swapped files': {
      const files = swappable(parts);
      const first = random.pick(files);
      return { kind, files: [first, random.pick(files.filter((file) => file !== first))] };
    }
    case 'truncated snapshot':
      return { kind, share: random.below(1000) / 1000 };
    case 'wrong key': {
      const key = Array.from({ length: 48 }, () => random.pick([...'0123456789abcdef'])).join('');
      return { kind, of: random.pick(['repository', 'cut'] as const), key };
    }
    case 'torn fingerprint': {
      const { file } = random.pick(ofRole('fingerprint'));
      return { kind, file, share: random.below(1000) / 1000 };
    }
  }
}

function isPossible(kind: DamageKind, parts: readonly Part[]): boolean {
  if (kind === 'missing segment') return parts.some(({ role }) => role === 'segment');
  if (kind === 'swapped files') return swappable(parts).length > 1;
  return kind !== 'torn fingerprint' || parts.some(({ role }) => role === 'fingerprint');
}

/** An index would be exchanged with its own twin. */
const swappable = (parts: readonly Part[]): readonly string[] => [
  ...new Set(parts.flatMap(({ role, file }) => (role === 'backup' || role === 'segment' ? [file] : []))),
];

const filesOf = ({ file, twin }: Part): readonly string[] => (twin === undefined ? [file] : [file, twin]);

/** In a few words, for a person. */
export function describeDamage(damage: Damage): string {
  switch (damage.kind) {
    case 'bit flip':
      return `bit ${damage.bit} of byte ${damage.offset} of ${damage.files.join(' and ')} is flipped`;
    case 'missing segment':
    case 'missing file':
      return `${damage.files.join(' and ')} ${damage.files.length > 1 ? 'are' : 'is'} missing`;
    case 'swapped files':
      return `${damage.files.join(' and ')} are swapped`;
    case 'truncated snapshot':
      return `the snapshot of Redis ends after ${percent(damage.share)} of it`;
    case 'wrong key':
      return `the ${damage.of} is opened with another key`;
    case 'torn fingerprint':
      return `${damage.file} ends after ${percent(damage.share)} of it`;
  }
}

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
