import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { checkoutPath } from '../../core/state.ts';
import { openEngine } from '../../lab/adapters/engine.ts';
import { inventoryOf } from '../../lab/leftovers.ts';
import { diskToolImage, removeEverything } from '../../lab/remove.ts';
import { freeSubnet, isTesting, sla, writeTestLab } from './lab.ts';

/** Brings up the lab of the tests and removes it at the end; what a killed run left goes first. */
export default async function setup(): Promise<() => Promise<void>> {
  if (isTesting(checkoutPath))
    throw new Error(
      'the lab tests of this checkout are running already; run them again when those have ended',
    );
  await removeLeftovers();
  const lab = writeTestLab(await freeSubnet());
  const { exitStatus, stdout, stderr } = await sla(lab, ['up']);
  if (exitStatus !== 0) {
    await sla(lab, ['down']);
    throw new Error(`the lab of the tests does not come up\n${stdout}${stderr}`);
  }
  return async () => {
    const removed = await sla(lab, ['down']);
    if (removed.exitStatus !== 0) throw new Error(`the lab of the tests does not go down\n${removed.stderr}`);
    rmSync(dirname(lab.configFile), { recursive: true, force: true });
  };
}

/** Labs of tests are recognised by name and label; another checkout's stays while its tests run. */
async function removeLeftovers(): Promise<void> {
  const engine = openEngine();
  const everything = [
    ...(await engine.containers()),
    ...(await engine.networks()),
    ...(await engine.volumes()),
  ];
  const labs = new Map(
    everything.flatMap(({ labels }) => {
      const { 'sla.lab': name = '', 'sla.checkout': checkout = '' } = labels;
      return name.startsWith('test-') ? [[name, checkout] as const] : [];
    }),
  );
  for (const [lab, checkout] of labs) {
    if (isTesting(checkout)) continue;
    const { containers } = await inventoryOf(engine, lab);
    await removeEverything(engine, { lab, checkout }, diskToolImage(containers));
  }
}
