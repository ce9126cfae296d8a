import type { Step } from '../types.ts';

/** Ensures that a Debian package is installed. */
export const installed = (name: string, why: string): Step => ({
  name: `package ${name} installed`,
  why,
  asks: [{ kind: 'package', name }],
  diff: (facts) =>
    facts.package(name) === undefined ? [{ kind: 'install', what: `install ${name}`, package: name }] : [],
});
