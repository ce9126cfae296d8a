import type { Declaration } from '../types.ts';
import { declaredBy } from './declared.ts';
import { isRedundant, type Reasons, reasonsFor } from './reasons.ts';
import {
  type Found,
  type Inventory,
  type Items,
  type PropertyItems,
  type SectionName,
  sectionNames,
} from './types.ts';

/** One thing that is not as it was delivered. */
export interface DriftRow {
  readonly section: SectionName;
  readonly item: string;
  readonly delivered?: string;
  /** A value, or why it is so: `with haproxy`. */
  readonly declared?: string;
  readonly found?: string;
  /** It is neither as delivered nor as declared. */
  readonly isDrift: boolean;
}

/** Everything that is not as delivered, in the order of the sections. */
export function compareInventories(
  delivered: Inventory,
  found: Found,
  declarations: readonly Declaration[],
): readonly DriftRow[] {
  const reasons = reasonsFor(delivered, found, declaredBy(declarations));
  return sectionNames.flatMap((section) => sectionRows(section, delivered, found.inventory, reasons));
}

function sectionRows(
  section: SectionName,
  delivered: Inventory,
  found: Inventory,
  reasons: Reasons,
): readonly DriftRow[] {
  const [before, after] = pairOf(section, delivered, found, reasons);
  if (Object.keys(after).length === 0 && sectionsOfPrograms.includes(section))
    return silenceRow(section, before);
  const items = [...new Set([...Object.keys(before), ...Object.keys(after)])].toSorted();
  return items.flatMap((item) => rowOf(section, item, before[item], after[item], reasons));
}

/** What is asked of a program that may be down: then nothing is known, and not everything gone. */
const sectionsOfPrograms: readonly SectionName[] = ['images', 'containers', 'schemas', 'settings'];

function silenceRow(section: SectionName, before: Items): readonly DriftRow[] {
  const count = Object.keys(before).length;
  if (count === 0) return [];
  return [{ section, item: 'all', delivered: `${count} known`, found: 'no answer', isDrift: true }];
}

function rowOf(
  section: SectionName,
  item: string,
  before: string | undefined,
  after: string | undefined,
  reasons: Reasons,
): readonly DriftRow[] {
  if (before === after || isRedundant(section, before, after)) return [];
  const exact = reasons.declared.item(section, item);
  const isExact = exact !== undefined && exact.value === after;
  const reason = exact === undefined ? reasons.reasonOf(section, item, after) : undefined;
  const declared = exact === undefined ? reason : (exact.value ?? 'not there');
  return [
    {
      section,
      item,
      ...(before === undefined ? {} : { delivered: before }),
      ...(declared === undefined ? {} : { declared }),
      ...(after === undefined ? {} : { found: after }),
      isDrift: !isExact && reason === undefined,
    },
  ];
}

/** Both sides of a section, item by item. */
function pairOf(
  section: SectionName,
  delivered: Inventory,
  found: Inventory,
  reasons: Reasons,
): readonly [Items, Items] {
  if (section !== 'units' && section !== 'containers') return [delivered[section], found[section]];
  const isNamedOnly = (name: string): boolean =>
    section === 'containers' &&
    !reasons.declared.hasThing('containers', name) &&
    (delivered.containers[name] === undefined || found.containers[name] === undefined);
  return [flat(delivered[section], isNamedOnly), flat(found[section], isNamedOnly)];
}

/** Properties as items of their own; a thing that came or went as a whole is one item. */
const flat = (things: PropertyItems, isNamedOnly: (name: string) => boolean): Items =>
  Object.fromEntries(
    Object.entries(things).flatMap(([name, properties]) =>
      isNamedOnly(name)
        ? [[name, properties.image ?? 'there'] as const]
        : Object.entries(properties).map(([property, value]) => [`${name} ${property}`, value] as const),
    ),
  );
