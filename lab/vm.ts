import { join } from 'node:path';
import { SlaError } from '../core/errors.ts';
import { runLocal } from '../core/local.ts';
import { readIfPresent, type StateFolder } from '../core/state.ts';
import { statePath } from '../core/terraform.ts';
import type { Hypervisor } from './adapters/libvirt.ts';
import { poolOf } from './vmEngine.ts';

/**
 * Makes sure that libvirt and QEMU are installed and answer; says line by line what that takes.
 * Errors: `machine-not-ready`.
 */
export async function ensureHypervisor(
  { checkout }: Pick<StateFolder, 'checkout'>,
  narrate: (line: string) => void,
): Promise<void> {
  const script = join('bootstrap', 'libvirt.sh');
  const { exitCode, stdout, stderr } = await runLocal(['bash', script], {
    cwd: checkout,
    onLine: (line) => {
      const said = /^\s*[·✓✗] (.*)/.exec(line)?.[1];
      if (said !== undefined) narrate(said);
    },
  });
  if (exitCode !== 0) throw failureOf(stdout, stderr);
}

/** The four parts of a failure, as bootstrap/libvirt.sh prints them. */
export function failureOf(stdout: string, stderr: string): SlaError {
  const [, message, cause, remedy] = stdout.split('\n--\n').map((part) => part.trim());
  if (message === undefined || remedy === undefined) {
    return new SlaError('machine-not-ready', 'libvirt cannot be made ready', { cause: stderr.trim() });
  }
  return new SlaError('machine-not-ready', message, { ...(cause ? { cause } : {}), remedy });
}

/** Terraform would stumble over a pool that it does not know, which an interrupted apply leaves. */
export async function removeOrphanPool(
  hypervisor: Hypervisor,
  { state, lab }: { readonly state: StateFolder; readonly lab: string },
): Promise<void> {
  const pool = poolOf(lab);
  if (!(await hypervisor.pools()).includes(pool)) return;
  const known = readIfPresent(statePath({ state, lab }, 'lab')) ?? '';
  if (!known.includes(await hypervisor.poolUuid(pool))) await hypervisor.removePool(pool);
}
