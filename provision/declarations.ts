import type { Items } from './inventory/types.ts';
import { fileText, sumOf } from './inventory/values.ts';
import { type Content, textOf } from './secret.ts';
import type { Declaration } from './types.ts';

export const declaredPackage = (name: string): Declaration => ({ kind: 'package', name });

export const declaredFile = (path: string, content: Content, mode: string, owner: string): Declaration => ({
  kind: 'item',
  section: 'files',
  item: path,
  value: fileText(mode, owner, sumOf(textOf(content))),
});

export const declaredAbsent = (path: string): Declaration => ({
  kind: 'item',
  section: 'files',
  item: path,
  value: undefined,
});

/** Only the properties that are named. */
export const declaredUnit = (unit: string, properties: Items): readonly Declaration[] =>
  propertiesOf('units', unit, properties);

/** Only the properties that are named. */
export const declaredContainer = (name: string, properties: Items): readonly Declaration[] =>
  propertiesOf('containers', name, properties);

export const declaredSettings = (settings: Items): readonly Declaration[] =>
  Object.entries(settings).map(([item, value]) => ({ kind: 'item', section: 'settings', item, value }));

const propertiesOf = (
  section: 'units' | 'containers',
  name: string,
  properties: Items,
): readonly Declaration[] =>
  Object.entries(properties).map(([property, value]) => ({
    kind: 'item',
    section,
    item: `${name} ${property}`,
    value: value === '' ? undefined : value,
  }));
