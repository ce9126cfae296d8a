import { existsSync, readFileSync } from 'node:fs';
import { hostNames } from '../core/application.ts';
import { SlaError } from '../core/errors.ts';
import type { StateFolder } from '../core/state.ts';
import { lastVariables } from '../core/terraform.ts';
import type { LabConfig } from './config.ts';

/** What a host is made of. */
export const substrates = ['container', 'vm'] as const;
export type Substrate = (typeof substrates)[number];

/** What this lab is made of: it stays what it was made as. Of one that is not made there is nothing to find. */
export const substrateOf = (lab: LabConfig, state: StateFolder): Substrate =>
  lastSubstrate(state, lab.name) ?? lab.substrate ?? 'container';

/**
 * What a lab that is not made yet is made of when nobody chose: virtual machines where the processor runs them
 * itself, unless ports are to be published, which only containers do. Undefined for a lab that is made.
 */
export function unchosenSubstrate(
  lab: LabConfig,
  state: StateFolder,
  hasKvm = offersKvm(),
): Substrate | undefined {
  if (lastSubstrate(state, lab.name) !== undefined) return undefined;
  const isPublishing = hostNames.some((name) => Object.keys(lab.hosts[name].publishedPorts).length > 0);
  return hasKvm && !isPublishing ? 'vm' : 'container';
}

/** Throws `lab-differs` when hosts of another kind may exist: the way from one to the other is to start anew. */
export function insistOnSameSubstrate(lab: LabConfig, state: StateFolder, wanted: Substrate): void {
  const last = lastSubstrate(state, lab.name);
  if (last === undefined || last === wanted) return;
  throw new SlaError(
    'lab-differs',
    `lab ${lab.name} is made of ${inWords[last]}, not of ${inWords[wanted]}`,
    {
      remedy: `run "./sla down" and "./sla up --substrate ${wanted}": the hosts then start as delivered`,
    },
  );
}

const inWords = { container: 'containers', vm: 'virtual machines' } as const;

/** Whether the processor runs virtual machines itself. Never opens the device: without the processor that hangs. */
export const offersKvm = (): boolean =>
  existsSync('/dev/kvm') && /^flags\b.*\b(vmx|svm)\b/m.test(readFileSync('/proc/cpuinfo', 'utf8'));

/** A lab of containers says nothing of it. */
function lastSubstrate(state: StateFolder, lab: string): Substrate | undefined {
  const last = lastVariables({ state, lab }, 'lab');
  if (last === undefined) return undefined;
  return last.substrate === 'vm' ? 'vm' : 'container';
}
