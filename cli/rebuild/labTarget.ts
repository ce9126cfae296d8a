import { SlaError } from '../../core/errors.ts';
import { lastVariables } from '../../core/terraform.ts';
import { prepareKeys } from '../../lab/create.ts';
import type { Context } from '../context.ts';
import { applyStack, prepareJob, settle, toolFor } from '../upJob.ts';
import { replacedByTerraform } from './byTerraform.ts';
import type { RebuildTarget } from './target.ts';

/** Hosts that Terraform makes here. Errors: `lab-absent`, and those of `preflight`. */
export async function labTarget(context: Context): Promise<RebuildTarget> {
  insistOnKnownLab(context);
  const job = await prepareJob(context);
  if (!context.isDryRun) await prepareKeys(job.work);
  return {
    context,
    replacement: replacedByTerraform(job),
    boot: (host, narrate) => settle(job, host, narrate),
    monitoring: async (narrate) => applyStack(job, await toolFor(context, narrate), narrate),
  };
}

function insistOnKnownLab({ state, config }: Context): void {
  if (lastVariables({ state, lab: config.lab.name }, 'lab')) return;
  throw new SlaError('lab-absent', `lab ${config.lab.name} was never up`, { remedy: 'run "./sla up"' });
}
