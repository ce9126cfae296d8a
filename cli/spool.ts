import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { askAgent } from '../core/agentClient.ts';
import type { Event } from '../core/events.ts';
import type { Host } from '../core/host.ts';
import { flush, labPath, type StateFolder, writePrivate } from '../core/state.ts';

/** Events of this machine that are not in the ledger yet, a file each. */
export interface Spool {
  /** Writes an event down here; false when the lab is gone, and its ledger with it. */
  put(event: Event): boolean;
  count(): number;
  /** Brings all of them to the agent, each once however often this is interrupted. Error: `agent-away`. */
  deliver(docker: Host): Promise<void>;
}

const ending = '.event.json';
const atOnce = 200;

export function spoolOf(state: StateFolder, lab: string): Spool {
  const folder = labPath(state, lab, 'spool');
  const names = (): readonly string[] =>
    existsSync(folder)
      ? readdirSync(folder)
          .filter((name) => name.endsWith(ending))
          .toSorted()
      : [];
  return {
    put: (event) => {
      if (!existsSync(labPath(state, lab))) return false;
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      const path = join(folder, `${event.atMs}-${event.id}${ending}`);
      writePrivate(path, JSON.stringify(event));
      flush(path);
      return true;
    },
    count: () => names().length,
    deliver: async (docker) => {
      for (let waiting = names(); waiting.length > 0; waiting = names())
        await deliverSome(docker, folder, waiting.slice(0, atOnce));
    },
  };
}

/** What the agent does not take, it will never take: it is set aside, so that what comes later gets through. */
async function deliverSome(docker: Host, folder: string, names: readonly string[]): Promise<void> {
  const paths = names.map((name) => join(folder, name));
  const { status } = await askAgent(docker, 'POST', '/events', paths.flatMap(readEvent));
  if (status === 200) for (const path of paths) rmSync(path, { force: true });
  else if (status >= 500) throw new Error(`the agent answered with ${status}`);
  else if (paths.length > 1) for (const name of names) await deliverSome(docker, folder, [name]);
  else for (const path of paths) renameSync(path, `${path}.refused`);
}

/** Another command may have delivered it meanwhile. */
function readEvent(path: string): readonly unknown[] {
  if (!existsSync(path)) return [];
  try {
    return [JSON.parse(readFileSync(path, 'utf8'))];
  } catch {
    return [{}];
  }
}
