import { randomInt } from 'node:crypto';
import { readCuts } from '../backup/adapters/cutStore.ts';
import { pgbackrestRepository } from '../backup/adapters/pgbackrest.ts';
import { drill } from '../backup/drill/drill.ts';
import { keepDrill, readDrills } from '../backup/drill/records.ts';
import { chooseCut, isAlarm, standingOf } from '../backup/drill/standing.ts';
import type { Cut, Drill, DrillVerdict } from '../backup/types.ts';
import { eventOf } from '../core/events.ts';
import type { Host } from '../core/host.ts';
import type { Job, JobResult } from '../schedule/types.ts';
import { ordinary } from './agentBackupJobs.ts';
import type { JobTools } from './agentJobs.ts';

const maxSeed = 2 ** 31;

const heavy = {
  ...ordinary,
  isHeavy: true,
  windows: 'outside',
  deadlineMs: 60 * 60_000,
} as const satisfies Partial<Job>;

/** Every cut soon after it was taken, an older one each week, and a damaged copy each week, which must fail. */
export const drillJobs = (tools: JobTools): readonly Job[] => [
  {
    ...heavy,
    name: 'drill',
    cron: '*/5 * * * *',
    isRoutine: true,
    run: (signal, narrate) => drillNewest(tools, signal, narrate),
  },
  {
    ...heavy,
    name: 'drill of an older cut',
    cron: '0 5 * * 6',
    run: async (signal, narrate) => {
      const cut = chooseCut(await cutsOn(tools.host(signal)), randomInt(maxSeed));
      return cut ? carryOut(tools, { cut, isNewest: false }, signal, narrate) : nothingToDrill;
    },
  },
  {
    ...heavy,
    name: 'negative control',
    cron: '30 5 * * 6',
    run: async (signal, narrate) => {
      const cut = chooseCut(await cutsOn(tools.host(signal)));
      const order = { isNewest: true, controlSeed: randomInt(maxSeed) };
      return cut ? carryOut(tools, { ...order, cut }, signal, narrate) : nothingToDrill;
    },
  },
];

const nothingToDrill: JobResult = { kind: 'skipped', why: 'there is no such cut' };

async function cutsOn(docker: Host): Promise<readonly Cut[]> {
  return (await readCuts(docker)).flatMap((entry) => ('cut' in entry ? [entry.cut] : []));
}

/** Once for each cut; one that could not be verified is tried again. */
async function drillNewest(
  tools: JobTools,
  signal: AbortSignal,
  narrate: (line: string) => void,
): Promise<JobResult> {
  const docker = tools.host(signal);
  const cut = chooseCut(await cutsOn(docker));
  if (!cut) return nothingToDrill;
  const last = standingOf(cut.label, await readDrills(docker));
  if (last && last.verdict.kind !== 'could not verify')
    return { kind: 'skipped', why: `${cut.label} is ${last.verdict.kind}` };
  return carryOut(tools, { cut, isNewest: true }, signal, narrate);
}

interface Order {
  readonly cut: Cut;
  readonly isNewest: boolean;
  readonly controlSeed?: number;
}

/** A verdict that somebody must know of is a job that failed. */
async function carryOut(
  { config, ledger, host }: JobTools,
  order: Order,
  signal: AbortSignal,
  narrate: (line: string) => void,
): Promise<JobResult> {
  const docker = host(signal);
  const { rtoS, rpoS } = config.backup;
  const stage = <T>(title: string, run: () => Promise<T>): Promise<T> => {
    narrate(title);
    return run();
  };
  const found = await drill(
    { docker, repository: pgbackrestRepository(docker), stage, signal },
    { ...order, objectives: { rtoMs: rtoS * 1000, rpoMs: rpoS * 1000 } },
  );
  await keepDrill(docker, found);
  ledger.append([eventOf('drill ended', dataOf(found), Date.now())]);
  const said = `${found.isControl ? 'a damaged copy of ' : ''}${found.cut}: ${found.verdict.kind}`;
  if (isAlarm(found)) throw new Error([said, ...reasonsOf(found.verdict)].join('; '));
  return { kind: 'ok', said };
}

const dataOf = ({ cut, verdict, isControl, took }: Drill) => ({
  cut,
  verdict: verdict.kind,
  reasons: [...reasonsOf(verdict)],
  isControl,
  tookMs: took.reduce((sum, { ms }) => sum + ms, 0),
});

function reasonsOf(verdict: DrillVerdict): readonly string[] {
  if (verdict.kind === 'failed') return verdict.reasons;
  return verdict.kind === 'proven' ? [] : [verdict.reason];
}
