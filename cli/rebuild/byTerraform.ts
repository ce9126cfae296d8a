import { openHypervisor } from '../../lab/adapters/libvirt.ts';
import { replaceHost } from '../../lab/create.ts';
import { removeOrphanPool } from '../../lab/vm.ts';
import type { Replacement } from '../../rebuild/types.ts';
import { isOfMachines, toolFor, toolStages, type UpJob } from '../upJob.ts';

/** A host of the lab: Terraform destroys it with its disk, and makes it again as it was delivered. */
export const replacedByTerraform = (job: UpJob): Replacement => ({
  what: () =>
    `destroy ${isOfMachines(job.context) ? 'the virtual machine' : 'the container'} and its disk with all that is on them, and make both again`,
  prepare: async (_, narrate) => {
    for (const stage of toolStages(job)) await stage.run(narrate);
  },
  replace: async (name, narrate) => {
    const { context, work, tags } = job;
    if (isOfMachines(context))
      await removeOrphanPool(openHypervisor(), { state: work.state, lab: work.lab.name });
    await replaceHost(work, await toolFor(context, narrate), tags, name, narrate);
  },
});
