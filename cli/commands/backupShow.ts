import type { Backup, Cut } from '../../backup/types.ts';
import type { Command, Outcome } from '../../core/command.ts';
import { SlaError } from '../../core/errors.ts';
import { nearest } from '../../core/nearest.ts';
import { type Kept, readKept } from '../backup/listing.ts';
import type { Context } from '../context.ts';

export const backupShow: Command<Context> = {
  name: 'backup show',
  summary: 'show all that is known of one backup or cut',
  example: 'backup show before-upgrade',
  changesState: false,
  arguments: [{ name: 'label', description: 'of a backup or a cut, as "backup list" shows it' }],
  run: async (context, given) => show(await readKept(context), String(given.arguments.label)),
};

function show({ content, cuts }: Kept, label: string): Outcome {
  const entry = cuts.find((cut) => cut.label === label);
  if (entry && 'cut' in entry) return { result: entry.cut, text: cutText(entry.cut) };
  if (entry) return { result: entry, text: `cut ${label}: ${entry.problem}` };
  const backup = content.backups.find((one) => one.label === label);
  if (backup) return { result: backup, text: backupText(backup) };
  const meant = nearest(
    label,
    [...content.backups, ...cuts].map((one) => one.label),
  );
  throw new SlaError('usage', `nothing is named "${label}"${meant ? `, did you mean "${meant}"?` : ''}`, {
    remedy: 'run "./sla backup list"',
  });
}

const cutText = ({ label, atMs, postgres, redis, pausedMs, digest, files }: Cut): string =>
  [
    `cut ${label} of ${new Date(atMs).toISOString()}`,
    `  PostgreSQL   restore point ${postgres.restorePoint} at ${postgres.lsn}, timeline ${postgres.timeline}`,
    `  from         backup ${postgres.backup}`,
    `  Redis        byte ${redis.replicationOffset} of the stream ${redis.replicationId}`,
    `  held         writes of Redis for ${pausedMs} ms`,
    `  fingerprint  ${digest}`,
    ...Object.entries(files).map(
      ([name, { bytes, sha256 }]) => `  ${sha256.slice(0, 12)}  ${bytes} B  ${name}`,
    ),
    `Next: ./sla backup restore --cut ${label} --dry-run`,
  ].join('\n');

const backupText = (backup: Backup): string =>
  [
    `${backup.kind} backup ${backup.label}`,
    `  made   ${new Date(backup.startedAtMs).toISOString()} to ${new Date(backup.endedAtMs).toISOString()}`,
    `  needs  ${backup.needs.length > 0 ? backup.needs.join(', ') : 'no other'}`,
    `  WAL    ${backup.startSegment} to ${backup.stopSegment}, ${backup.startLsn} to ${backup.stopLsn}`,
    `  size   ${backup.clusterBytes} B, ${backup.addedBytes} B of them new in the repository`,
    ...(backup.hasDamage ? ['  ! pages were damaged already when they were copied'] : []),
  ].join('\n');
