import { readCuts } from '../../backup/adapters/cutStore.ts';
import { cutLabel } from '../../backup/cutLabel.ts';
import type { Cut } from '../../backup/types.ts';
import type { Command, Outcome } from '../../core/command.ts';
import { takeLabelledCut } from '../backup/take.ts';
import { withBackupWork } from '../backup/work.ts';
import { type Context, insistOnLab } from '../context.ts';

export const backupNow: Command<Context> = {
  name: 'backup now',
  summary: 'make one labelled cut of both stores, which can be restored to exactly',
  example: 'backup now --label before-upgrade',
  changesState: true,
  isExclusive: true,
  flags: [{ usage: '--label <text>', description: 'name of the cut (default: the instant)' }],
  run: async (context, { flags }) => {
    const label = cutLabel(flags.label as string | undefined, Date.now());
    await insistOnLab(context);
    return withBackupWork(context, async (work) => {
      if (context.isDryRun) {
        const { backups } = await work.repository.content();
        await readCuts(work.docker);
        const first = backups.length === 0 ? 'make a full backup, and then ' : '';
        return { result: { isDryRun: true, label }, text: `would ${first}take the cut ${label}` };
      }
      const started = performance.now();
      const cut = await takeLabelledCut(work, label, context.narrate);
      return outcomeOf(cut, (performance.now() - started) / 1000);
    });
  },
};

const outcomeOf = (cut: Cut, seconds: number): Outcome => {
  const bytes = Object.values(cut.files).reduce((sum, file) => sum + file.bytes, 0);
  return {
    result: { ...cut, seconds: Number(seconds.toFixed(2)) },
    text: [
      `cut ${cut.label} of ${new Date(cut.atMs).toISOString()}, taken in ${seconds.toFixed(1)} s`,
      `  writes of Redis held for ${cut.pausedMs} ms; ${Math.ceil(bytes / 1024)} KiB on docker, encrypted`,
      `  PostgreSQL at ${cut.postgres.lsn} on timeline ${cut.postgres.timeline}, from the backup ${cut.postgres.backup}`,
      `  fingerprint ${cut.digest}`,
      `Next: ./sla backup restore --cut ${cut.label} --dry-run`,
    ].join('\n'),
  };
};
