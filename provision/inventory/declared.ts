import type { Declaration, Role } from '../types.ts';
import type { SectionName } from './types.ts';

/** Declarations by what they are about. */
export interface Declared {
  readonly packages: readonly string[];
  /** Files that are edited; of several edits each works on what the one before left. */
  readonly edits: ReadonlyMap<string, (text: string) => string>;
  /** Whether anything is declared of an item, and what: `value` is undefined for what is not there. */
  item(section: SectionName, item: string): { readonly value: string | undefined } | undefined;
  /** Whether anything is declared of a thing with properties. */
  hasThing(section: 'units' | 'containers', name: string): boolean;
}

export const declarationsOf = ({ phases }: Role): readonly Declaration[] =>
  phases.flatMap(({ steps }) => steps.flatMap(({ declares = [] }) => declares));

/** Files whose text an inventory keeps. */
export const editedPaths = (declarations: readonly Declaration[]): readonly string[] => [
  ...new Set(declarations.flatMap((declared) => (declared.kind === 'edit' ? [declared.path] : []))),
];

/** Of two declarations of one item the later counts, as the later step does. */
export function declaredBy(declarations: readonly Declaration[]): Declared {
  const items = new Map<string, string | undefined>();
  const edits = new Map<string, (text: string) => string>();
  const packages: string[] = [];
  for (const declared of declarations) {
    if (declared.kind === 'item') items.set(keyOf(declared.section, declared.item), declared.value);
    if (declared.kind === 'package') packages.push(declared.name);
    if (declared.kind === 'edit') {
      const before = edits.get(declared.path) ?? ((text: string) => text);
      edits.set(declared.path, (text) => declared.edit(before(text)));
    }
  }
  const keys = [...items.keys()];
  return {
    packages,
    edits,
    item: (section, item) => {
      const key = keyOf(section, item);
      return items.has(key) ? { value: items.get(key) } : undefined;
    },
    hasThing: (section, name) => keys.some((key) => key.startsWith(keyOf(section, `${name} `))),
  };
}

const keyOf = (section: SectionName, item: string): string => `${section}/${item}`;
