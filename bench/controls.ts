import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readCuts } from '../backup/adapters/cutStore.ts';
import { pgbackrestRepository } from '../backup/adapters/pgbackrest.ts';
import { drill } from '../backup/drill/drill.ts';
import type { Cut, Drill } from '../backup/types.ts';
import type { Host } from '../core/host.ts';
import { openHost } from '../core/ssh.ts';
import { labConfig } from '../lab/config.ts';
import { addressOf } from '../lab/hosts.ts';

/** What negative controls came to. */
export interface Tally {
  failed: number;
  /** Must stay empty: damages that no check saw. */
  readonly proven: Drill[];
  readonly unverified: Drill[];
}

/** Seeds of the controls, in order. */
export interface Seeds {
  readonly first: number;
  readonly count: number;
}

/** Drills copies of a cut that each seed damages in its own way. */
export async function runControls(
  docker: Host,
  cut: Cut,
  { first, count }: Seeds,
  hear: (found: Drill) => void,
): Promise<Tally> {
  const tally: Tally = { failed: 0, proven: [], unverified: [] };
  for (let controlSeed = first; controlSeed < first + count; controlSeed += 1) {
    const found = await drill(
      { docker, repository: pgbackrestRepository(docker), stage: (_title, run) => run() },
      { cut, isNewest: false, objectives: { rtoMs: 60_000, rpoMs: 3_600_000 }, controlSeed },
    );
    if (found.verdict.kind === 'failed') tally.failed += 1;
    else (found.verdict.kind === 'proven' ? tally.proven : tally.unverified).push(found);
    hear(found);
  }
  return tally;
}

/** The newest cut of a lab. */
export async function newestCut(docker: Host): Promise<Cut> {
  const cut = (await readCuts(docker)).flatMap((entry) => ('cut' in entry ? [entry.cut] : [])).at(-1);
  if (!cut) throw new Error('there is no cut');
  return cut;
}

/** A session with docker of a lab that is up, by its network and its state folder. */
export const dockerOf = (subnet: string, stateDir: string): Promise<Host> =>
  openHost(
    { name: 'docker', address: addressOf(labConfig.parse({ subnet }), 'docker'), user: 'root', sshPort: 22 },
    {
      keyFile: join(stateDir, 'keys/operator'),
      knownHosts: readFileSync(join(stateDir, 'known_hosts'), 'utf8'),
      connectTimeoutMs: 15_000,
    },
  );
