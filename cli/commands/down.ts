import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Command, Outcome } from '../../core/command.ts';
import { SlaError } from '../../core/errors.ts';
import { destroy, type Tool } from '../../core/terraform.ts';
import { openHypervisor } from '../../lab/adapters/libvirt.ts';
import { lastSubnet } from '../../lab/hosts.ts';
import { inventoryOf } from '../../lab/leftovers.ts';
import { insistOnOwnership } from '../../lab/preflight.ts';
import { diskToolImage, namesOf, removeRest } from '../../lab/remove.ts';
import { ensureHypervisor } from '../../lab/vm.ts';
import { type Context, createContext, terraformTool } from '../context.ts';
import { deliveredPath } from '../delivered.ts';
import { lockOf } from '../labLock.ts';
import { ownEnginePid, ownHypervisorPids, stopOwnEngine } from '../ownEngine.ts';

export const down: Command<Context> = {
  name: 'down',
  summary: 'remove the lab and all it made, and nothing else',
  example: 'down --dry-run',
  changesState: true,
  isExclusive: true,
  onlyFor: {
    target: 'lab',
    instead: 'adopted hosts are not ours to remove; see what is ours on them with "./sla drift --all"',
  },
  flags: [
    {
      usage: '--all',
      description: 'every lab of this checkout, and the Docker engine if the bootstrap started it',
    },
  ],
  run: async (context, given) => {
    const isAll = given.flags.all === true;
    const started = performance.now();
    const removed: string[] = [];
    removed.push(...(await removeLab(context)));
    for (const lab of isAll ? otherLabs(context) : []) removed.push(...(await removeOther(lab)));
    if (isAll) await stopHypervisor(context);
    const engine = isAll ? await stopEngine(context) : undefined;
    return outcome(context, removed, engine, performance.now() - started);
  },
};

/** A lab that another command works on is not taken away under it. */
async function removeOther(context: Context): Promise<readonly string[]> {
  using _lock = context.isDryRun ? undefined : lockOf(context, 'down --all');
  return await removeLab(context);
}

/** The other labs that have a state folder here. */
function otherLabs(context: Context): readonly Context[] {
  const folder = join(context.state.path, 'labs');
  // The name of a lab has no dot; those of adopted hosts have.
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => !name.includes('.')) : [];
  const others = names.filter((name) => name !== context.config.lab.name);
  return others.map((name) => {
    const { lab } = context.config;
    const subnet = lastSubnet(context.state, name) ?? lab.subnet;
    return createContext(context, { ...context.config, lab: { ...lab, name, subnet } }, context.isTerminal);
  });
}

/** Names of what was, or in a dry run would be, removed. */
async function removeLab(context: Context): Promise<readonly string[]> {
  const { engine, config, identity, state } = context;
  if (config.lab.substrate === 'vm' && !context.isDryRun) await ensureHypervisor(state, context.narrate);
  const found = await inventoryOf(engine, config.lab.name);
  insistOnOwnership(identity, [...found.containers, ...found.networks, ...found.volumes]);
  const names = namesOf(found);
  if (context.isDryRun) return names;
  const image = diskToolImage(found.containers);
  await context.runStages([
    [
      {
        title: `Lab ${config.lab.name}`,
        run: async (narrate) => {
          const cliConfigFile = join(state.path, 'terraform.rc');
          if (existsSync(cliConfigFile)) await destroyOrTell(terraformTool(context, cliConfigFile), narrate);
          await removeRest({ engine, lab: config.lab, identity, state }, image);
          // Hosts that are made anew are met for the first time again.
          rmSync(deliveredPath(context), { recursive: true, force: true });
        },
      },
    ],
  ]);
  return names;
}

/** What Terraform cannot remove, such as with a broken state, goes by its label afterwards. */
async function destroyOrTell(tool: Tool, narrate: (line: string) => void): Promise<void> {
  try {
    await destroy(tool, 'lab', narrate);
  } catch (thrown) {
    if (!(thrown instanceof SlaError && thrown.code === 'terraform-failed')) throw thrown;
    narrate(`${thrown.message}; removing by label what is left`);
  }
}

/** Stops the libvirt that the bootstrap started, unless somebody else's machines run in it. */
async function stopHypervisor({ isDryRun, narrate }: Context): Promise<void> {
  const pids = ownHypervisorPids();
  if (pids.length === 0) return;
  const running = await openHypervisor().runningDomains();
  if (running > 0) return narrate(`libvirtd goes on: ${running} other virtual machine(s) run in it`);
  if (isDryRun) return;
  for (const pid of pids) await stopOwnEngine(pid);
  narrate('stopped libvirtd');
}

/** Stops the engine that the bootstrap started, unless somebody else's containers run in it. */
async function stopEngine({ engine, isDryRun, narrate }: Context): Promise<'stopped' | 'kept' | undefined> {
  const pid = ownEnginePid();
  if (pid === undefined) return undefined;
  const running = await engine.runningContainers();
  if (running > 0) {
    narrate(`the Docker engine goes on: ${running} other container${running > 1 ? 's run' : ' runs'} in it`);
    return 'kept';
  }
  if (!isDryRun && !(await stopOwnEngine(pid))) {
    narrate(`the Docker engine (process ${pid}) does not stop; see its log`);
    return 'kept';
  }
  return 'stopped';
}

function outcome(
  { isDryRun, config }: Context,
  removed: readonly string[],
  engine: 'stopped' | 'kept' | undefined,
  tookMs: number,
): Outcome {
  const seconds = Number((tookMs / 1000).toFixed(1));
  const names = removed.join(', ');
  const what =
    removed.length === 0
      ? `Lab ${config.lab.name}: nothing to remove`
      : `${isDryRun ? 'Would remove' : 'Removed'} ${names}`;
  const engineLine =
    engine === 'stopped' ? `\n${isDryRun ? 'Would stop' : 'Stopped'} the Docker engine.` : '';
  return {
    result: { removed, engine: engine ?? null, seconds, dryRun: isDryRun },
    text: `${what}${isDryRun ? '' : ` (${seconds} s)`}.${engineLine}`,
  };
}
