import { declaredPackage } from '../declarations.ts';
import type { Declaration, Step } from '../types.ts';

/**
 * Ensures that a Debian package is installed. `brings` is what its installation writes without telling dpkg;
 * everything else is known to dpkg itself.
 */
export const installed = (name: string, why: string, brings: readonly Declaration[] = []): Step => ({
  name: `package ${name} installed`,
  why,
  asks: [{ kind: 'package', name }],
  declares: [declaredPackage(name), ...brings],
  diff: (facts) =>
    facts.package(name) === undefined ? [{ kind: 'install', what: `install ${name}`, package: name }] : [],
});
