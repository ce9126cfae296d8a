import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Command, Outcome } from '../../core/command.ts';
import { destroy } from '../../core/terraform.ts';
import { inventoryOf } from '../../lab/leftovers.ts';
import { insistOnOwnership } from '../../lab/preflight.ts';
import { diskToolImage, namesOf, removeRest } from '../../lab/remove.ts';
import { type Context, createContext, terraformTool } from '../context.ts';
import { ownEnginePid, stopOwnEngine } from '../ownEngine.ts';

export const down: Command<Context> = {
  name: 'down',
  summary: 'remove the lab and all it made, and nothing else',
  example: 'down --dry-run',
  changesState: true,
  isExclusive: true,
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
    for (const lab of isAll ? labsOf(context) : [context]) removed.push(...(await removeLab(lab)));
    const engine = isAll ? await stopEngine(context) : undefined;
    return outcome(context, removed, engine, performance.now() - started);
  },
};

/** This lab first, then the others that have a state folder here. */
function labsOf(context: Context): readonly Context[] {
  const folder = join(context.state.path, 'labs');
  const names = existsSync(folder) ? readdirSync(folder) : [];
  const others = names.filter((name) => name !== context.config.lab.name);
  return [
    context,
    ...others.map((name) => {
      const { lab } = context.config;
      return createContext(context, { ...context.config, lab: { ...lab, name } }, context.isTerminal);
    }),
  ];
}

/** Names of what was, or in a dry run would be, removed. */
async function removeLab(context: Context): Promise<readonly string[]> {
  const { engine, config, identity, state } = context;
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
          if (existsSync(cliConfigFile)) await destroy(terraformTool(context, cliConfigFile), 'lab', narrate);
          await removeRest({ engine, lab: config.lab, identity, state }, image);
        },
      },
    ],
  ]);
  return names;
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
  if (!isDryRun) await stopOwnEngine(pid);
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
