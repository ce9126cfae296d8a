import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readIfPresent } from '../core/state.ts';

/** The engine that the bootstrap started, if it still runs. Written by bootstrap/dockerd.sh. */
export const ownEnginePid = (env = process.env): number | undefined => ownPid('dockerd', env);

/** As bootstrap/libvirt.sh wrote them: the one that answers first, then the one it leans on. */
export const ownHypervisorPids = (env = process.env): readonly number[] =>
  ['libvirtd', 'virtlogd'].map((name) => ownPid(name, env)).filter((pid) => pid !== undefined);

function ownPid(name: string, env: NodeJS.ProcessEnv): number | undefined {
  const folder = env.XDG_STATE_HOME ?? join(env.HOME ?? homedir(), '.local/state');
  const [pid, startTime] = (readIfPresent(join(folder, 'sla-lab', name, 'pid')) ?? '').trim().split('\n');
  if (pid === undefined || startTime === undefined) return undefined;
  // The start time tells our engine from a later process with the same id.
  return startTimeOf(Number(pid)) === startTime ? Number(pid) : undefined;
}

/** Ends it and waits until it is gone, at most 30 s; false when it then still runs. */
export async function stopOwnEngine(pid: number): Promise<boolean> {
  const startTime = startTimeOf(pid);
  process.kill(pid, 'SIGTERM');
  for (let waitedMs = 0; waitedMs < 30_000 && startTimeOf(pid) === startTime; waitedMs += 100)
    await sleep(100);
  return startTimeOf(pid) !== startTime;
}

/** Field 22 of /proc/PID/stat; the name in field 2 may hold blanks. */
function startTimeOf(pid: number): string | undefined {
  const stat = readIfPresent(`/proc/${pid}/stat`);
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}
