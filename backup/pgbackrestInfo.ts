import { z } from 'zod';
import { parseSegment, runsOf } from './segments.ts';
import type { Backup, BackupKind, Fork, SegmentRun } from './types.ts';

const kinds: Readonly<Record<string, BackupKind>> = {
  full: 'full',
  diff: 'differential',
  incr: 'incremental',
};

const backupSchema = z.object({
  archive: z.object({ start: z.string(), stop: z.string() }),
  database: z.object({ id: z.number() }),
  error: z.boolean().nullish(),
  info: z.object({ size: z.number(), repository: z.object({ delta: z.number() }) }),
  label: z.string(),
  lsn: z.object({ start: z.string(), stop: z.string() }),
  reference: z.array(z.string()).nullish(),
  timestamp: z.object({ start: z.number(), stop: z.number() }),
  type: z.enum(['full', 'diff', 'incr']),
});

const stanzaSchema = z.object({
  name: z.string(),
  archive: z.array(z.object({ id: z.string(), database: z.object({ id: z.number() }) })).default([]),
  backup: z.array(backupSchema).default([]),
  repo: z.array(z.object({ status: z.object({ code: z.number(), message: z.string() }) })).default([]),
  status: z.object({ code: z.number(), message: z.string() }),
});

/** What `pgbackrest info --output=json` says of one stanza. */
export interface StanzaInfo {
  /** Oldest first; those of the cluster that is archived now. */
  readonly backups: readonly Backup[];
  /** Folder of its WAL in the archive, `17-1`; undefined before the first segment came. */
  readonly archiveId: string | undefined;
  /** Why the repository cannot be read, as pgBackRest says it. */
  readonly problem: string | undefined;
}

const noBackupYet = 2;

// With another key pgBackRest quotes what it decrypted, as it is, which no JSON may hold.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const controls = /[\x00-\x1f]/g;

export function parseInfo(json: string, stanza: string): StanzaInfo {
  const found = z
    .array(stanzaSchema)
    .parse(JSON.parse(json.replaceAll(controls, ' ')))
    .find(({ name }) => name === stanza);
  if (!found) return { backups: [], archiveId: undefined, problem: `there is no stanza ${stanza}` };
  const archive = found.archive.at(-1);
  const statuses = [...found.repo.map(({ status }) => status), found.status];
  const bad = statuses.find(({ code }) => code !== 0 && code !== noBackupYet);
  return {
    // The WAL of a cluster that was made anew leads nowhere from the backups of the one before.
    backups: found.backup
      .filter(({ database }) => archive === undefined || database.id === archive.database.id)
      .map(backupOf)
      .toSorted((one, other) => one.endedAtMs - other.endedAtMs),
    archiveId: archive?.id,
    problem: bad?.message,
  };
}

const backupOf = (backup: z.output<typeof backupSchema>): Backup => ({
  label: backup.label,
  kind: kinds[backup.type] ?? 'full',
  needs: backup.reference ?? [],
  startedAtMs: backup.timestamp.start * 1000,
  // Whole seconds, cut off: only the next one is certainly not before the end.
  endedAtMs: backup.timestamp.stop * 1000 + 999,
  clusterBytes: backup.info.size,
  addedBytes: backup.info.repository.delta,
  startLsn: backup.lsn.start,
  stopLsn: backup.lsn.stop,
  startSegment: backup.archive.start,
  stopSegment: backup.archive.stop,
  hasDamage: backup.error === true,
});

/** One file of the archive: its name, and when it was written, in UTC milliseconds. */
export interface ArchivedFile {
  readonly name: string;
  readonly atMs: number;
}

/** Lines of `NAME SECONDS`; a segment is named `000000010000000000000001-<sha1>.zst`. */
export const parseArchive = (lines: string): readonly ArchivedFile[] =>
  lines.split('\n').flatMap((line) => {
    const [path = '', seconds = ''] = line.split(' ');
    const name = path.split('/').at(-1) ?? '';
    return name === '' ? [] : [{ name, atMs: Math.floor(Number(seconds) * 1000) }];
  });

/** The segments among the files, as runs that say when their last one came. */
export function archiveRuns(files: readonly ArchivedFile[]): readonly SegmentRun[] {
  const at = new Map<string, number>();
  for (const { name, atMs } of files) {
    const [segment = '', sum = ''] = name.split('-');
    const isWhole = /^[0-9a-f]{40}(\.\w+)?$/.test(sum);
    if (isWhole && parseSegment(segment)) at.set(segment, Math.max(at.get(segment) ?? 0, atMs));
  }
  return runsOf([...at.keys()]).map((run) => {
    const untilMs = at.get(run.last);
    return untilMs === undefined ? run : { ...run, untilMs };
  });
}

/** Timelines that began, by the names of their history files. */
export const historyFiles = (files: readonly ArchivedFile[]): readonly ArchivedFile[] =>
  files.filter(({ name }) => /^[0-9A-F]{8}\.history$/.test(name));

/** Why and where a timeline began: the last line of its history file. */
export interface History extends Fork {
  /** As PostgreSQL writes it: `at restore point "x"`, `before 2026-11-21 …`, `no recovery target specified`. */
  readonly reason: string;
}

/** `name` is that of the file, `00000002.history`. Undefined for a text that is none. */
export function parseHistory(name: string, text: string): History | undefined {
  const lines = text.split('\n').filter((line) => /^\s*\d/.test(line));
  const [, parent, lsn, reason = ''] =
    /^\s*(\d+)\s+([0-9A-F]+\/[0-9A-F]+)\s*(.*)$/.exec(lines.at(-1) ?? '') ?? [];
  if (parent === undefined || lsn === undefined) return undefined;
  return { timeline: Number.parseInt(name, 16), parent: Number(parent), lsn, reason: reason.trim() };
}

/** What `pgbackrest verify --output=text --verbose` found to be wrong, each with what it is about. */
export function problemsIn(report: string): readonly string[] {
  let about = '';
  return report.split('\n').flatMap((text) => {
    const line = text.trim();
    if (/^(archiveId|backup):/.test(line)) about = line.split(',')[0] ?? '';
    const counts = line.match(/(?:missing|checksum invalid|size invalid|other): [1-9]\d*/g) ?? [];
    if (/^No usable/.test(line)) return [line];
    return counts.length > 0 ? [`${about}: ${counts.join(', ')}`] : [];
  });
}
