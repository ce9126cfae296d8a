import type { Declared } from './declared.ts';
import type { Evidence, Inventory } from './types.ts';

/**
 * Packages that are not as delivered, with the reason when it is one of ours: `with haproxy` for what a declared
 * package needs, `an update` for a version that the automatic updates or a step of ours installed.
 */
export function packageReasons(
  delivered: Inventory,
  found: Inventory,
  evidence: Evidence,
  declared: Declared,
): ReadonlyMap<string, string> {
  const roots = neededBy(declared.packages, found, evidence);
  return new Map(
    Object.entries(found.packages).flatMap(([name, version]) => {
      const before = delivered.packages[name];
      const root = roots.get(name);
      if (before === version) return [];
      if (before === undefined && root !== undefined)
        return [[name, root === name ? 'installed' : `with ${root}`] as const];
      return evidence.updated.has(`${name} ${version}`) ? [[name, 'an update'] as const] : [];
    }),
  );
}

/** Every installed package that one of `names` needs, directly or not, with that one. */
function neededBy(
  names: readonly string[],
  { packages }: Inventory,
  { needs, providers }: Evidence,
): ReadonlyMap<string, string> {
  const roots = new Map<string, string>();
  const visit = (name: string, root: string): void => {
    if (packages[name] === undefined || roots.has(name)) return;
    roots.set(name, root);
    for (const alternatives of needs.get(name) ?? [])
      for (const needed of alternatives)
        for (const candidate of [needed, ...(providers.get(needed) ?? [])]) visit(candidate, root);
  };
  for (const name of names) visit(name, name);
  // One that is declared itself came for its own sake, whoever else needs it.
  for (const name of names) if (roots.has(name)) roots.set(name, name);
  return roots;
}
