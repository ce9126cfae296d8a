import { pgbackrestRepository } from '../../backup/adapters/pgbackrest.ts';
import { applyRetention } from '../../backup/applyRetention.ts';
import { cutLabel } from '../../backup/cutLabel.ts';
import { readDrills } from '../../backup/drill/records.ts';
import { lastProven } from '../../backup/drill/standing.ts';
import type { BackupKind } from '../../backup/types.ts';
import { places } from '../../core/backupLayout.ts';
import { eventOf } from '../../core/events.ts';
import { lockedStores } from '../../core/storeLock.ts';
import type { Job, JobResult } from '../../schedule/types.ts';
import { takeCutInLock } from '../backup/take.ts';
import { drillJobs } from './drillJobs.ts';
import { measureBackups } from './measures.ts';
import { rsyncWithApp } from './rsync.ts';
import { withAgentWork } from './stores.ts';
import { type JobTools, ordinary } from './tools.ts';

const minutes = 60_000;
const hours = 60 * minutes;

const repository = ['repository'] as const;

/** Backups, cuts, drills, what is kept of them, and where it is kept twice. Of two that are due the first goes first. */
export const backupJobs = (tools: JobTools): readonly Job[] => [
  {
    ...ordinary,
    name: 'first backup',
    cron: '* * * * *',
    stores: repository,
    isHeavy: true,
    deadlineMs: 6 * hours,
    isRoutine: true,
    run: (signal, narrate) => firstBackup(tools, signal, narrate),
  },
  {
    ...ordinary,
    name: 'incremental backup',
    cron: '5 * * * *',
    stores: repository,
    windows: 'inside',
    deadlineMs: hours,
    run: (signal, narrate) => makeBackup(tools, 'incremental', signal, narrate),
  },
  nightly(tools, 'differential', '30 2 * * 1-6'),
  nightly(tools, 'full', '30 2 * * 0'),
  {
    ...ordinary,
    name: 'cut',
    cron: '15 * * * *',
    stores: lockedStores,
    run: (signal, narrate) => takeHourlyCut(tools, signal, narrate),
  },
  ...drillJobs(tools),
  {
    ...ordinary,
    name: 'verify repository',
    cron: '30 4 * * 0',
    stores: repository,
    isHeavy: true,
    windows: 'outside',
    deadlineMs: 6 * hours,
    run: (signal) => verify(tools, signal),
  },
  {
    ...ordinary,
    name: 'retention',
    cron: '45 3 * * *',
    stores: repository,
    windows: 'outside',
    deadlineMs: hours,
    run: (signal) => retain(tools, signal),
  },
  {
    ...ordinary,
    name: 'copy backups',
    cron: '* * * * *',
    stores: repository,
    deadlineMs: hours,
    isRoutine: true,
    run: (signal) => copyToApp(tools, signal),
  },
  {
    ...ordinary,
    name: 'measure backups',
    cron: '* * * * *',
    isRoutine: true,
    run: async (signal) => {
      await measureBackups(tools.metrics, tools.host(signal));
      return { kind: 'ok', said: 'measured' };
    },
  },
];

type Narrate = (line: string) => void;

const nightly = (tools: JobTools, kind: BackupKind, cron: string): Job => ({
  ...ordinary,
  name: `${kind} backup`,
  cron,
  stores: repository,
  isHeavy: true,
  windows: 'outside',
  deadlineMs: 6 * hours,
  run: (signal, narrate) => makeBackup(tools, kind, signal, narrate),
});

/** Nothing can be restored before there is one: no window is waited for. */
async function firstBackup(tools: JobTools, signal: AbortSignal, narrate: Narrate): Promise<JobResult> {
  const { backups } = await pgbackrestRepository(tools.host(signal)).content();
  if (backups.length > 0) return { kind: 'skipped', why: `there is ${backups.at(-1)?.label}` };
  return makeBackup(tools, 'full', signal, narrate);
}

/** Without a full one that is sound, every other kind would stand on nothing. */
async function makeBackup(
  { host, ledger }: JobTools,
  asked: BackupKind,
  signal: AbortSignal,
  narrate: Narrate,
): Promise<JobResult> {
  const started = performance.now();
  const engine = pgbackrestRepository(host(signal));
  const { backups } = await engine.content();
  const hasFull = backups.some(({ kind, hasDamage }) => kind === 'full' && !hasDamage);
  const kind = hasFull ? asked : 'full';
  const label = await engine.backUp(kind, narrate);
  const made = (await engine.content()).backups.find((backup) => backup.label === label);
  const tookMs = performance.now() - started;
  const data = { label, backup: kind, addedBytes: made?.addedBytes ?? 0, tookMs };
  ledger.append([eventOf('backup made', data, Date.now())]);
  return { kind: 'ok', said: `${kind} backup ${label}` };
}

async function takeHourlyCut(tools: JobTools, signal: AbortSignal, narrate: Narrate): Promise<JobResult> {
  const started = performance.now();
  const label = cutLabel(undefined, Date.now());
  const { digest, pausedMs } = await withAgentWork(tools, signal, (work) =>
    takeCutInLock(work, label, narrate),
  );
  const data = { label, digest, pausedMs, tookMs: performance.now() - started };
  tools.ledger.append([eventOf('cut made', data, Date.now())]);
  return { kind: 'ok', said: `cut ${label}, writes of Redis held for ${pausedMs} ms` };
}

async function verify({ host }: JobTools, signal: AbortSignal): Promise<JobResult> {
  const problems = await pgbackrestRepository(host(signal)).verify();
  if (problems.length > 0) throw new Error(problems.join('; '));
  return { kind: 'ok', said: 'every byte of the repository is as it was written' };
}

async function retain({ config, host }: JobTools, signal: AbortSignal): Promise<JobResult> {
  const docker = host(signal);
  const { cuts, backups } = await applyRetention({
    docker,
    repository: pgbackrestRepository(docker),
    policy: config.backup.retention,
    proven: lastProven(await readDrills(docker)),
    zone: config.service.zone,
  });
  if (cuts.length + backups.length === 0) return { kind: 'ok', said: 'everything is still kept' };
  return { kind: 'ok', said: `removed ${[...cuts, ...backups].join(', ')}` };
}

/**
 * What says which backups there are comes last, so that the copy never names one that it does not have whole. A
 * repository that is not there, because docker was lost, takes nothing away from the copy.
 */
async function copyToApp({ host }: JobTools, signal: AbortSignal): Promise<JobResult> {
  const docker = host(signal);
  const { exitCode } = await docker.query(['sh', '-c', `ls ${places.repository}/backup/*/backup.info`]);
  if (exitCode !== 0) return { kind: 'skipped', why: 'there is no backup yet' };
  const all = ['--delete-delay', '--exclude=*.info', '--exclude=*.info.copy'];
  await docker.exec(rsyncWithApp(`${places.repository}/`, 'app:repository/', ...all));
  await docker.exec(rsyncWithApp(`${places.repository}/`, 'app:repository/'));
  await docker.exec(rsyncWithApp(`${places.cuts}/`, 'app:cuts/', '--delete-delay'));
  await docker.exec(rsyncWithApp(`${places.journal}/`, 'app:journal/'));
  return { kind: 'ok', said: 'app has all of it' };
}
