import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { hostNames } from '../../core/application.ts';
import { readIfPresent, writePrivate } from '../../core/state.ts';

/** What a rebuild that was interrupted needs to know. Without a journal nothing was lost yet. */
const journalSchema = z.object({
  host: z.enum(hostNames),
  /** UTC, ISO 8601. */
  startedAt: z.string(),
  /** Folder of the copy to restore; null: the host has nothing to restore. */
  copy: z.string().nullable(),
  /** Folder of the fingerprint to certify against; null: the stores did not answer. */
  fingerprint: z.string().nullable(),
});
export type Journal = z.output<typeof journalSchema>;

/** Written once all that can be saved is saved: from then on the host may be destroyed. */
export const writeJournal = (folder: string, journal: Journal): void =>
  writePrivate(pathOf(folder, journal.host), `${JSON.stringify(journal, null, 2)}\n`);

export function readJournal(folder: string, host: Journal['host']): Journal | undefined {
  const text = readIfPresent(pathOf(folder, host));
  return text === undefined ? undefined : journalSchema.parse(JSON.parse(text));
}

export const removeJournal = (folder: string, host: Journal['host']): void =>
  rmSync(pathOf(folder, host), { force: true });

const pathOf = (folder: string, host: string): string => join(folder, `rebuild-${host}.json`);
