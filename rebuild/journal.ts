import { existsSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { type HostName, hostNames } from '../core/application.ts';
import { flush, readIfPresent, writePrivate } from '../core/state.ts';
import { stageKinds } from './types.ts';

const sourceSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('copy'), name: z.string(), takenAt: z.string() }),
  z.object({ kind: z.literal('nothing') }),
]);
const verdictSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('identical'), digest: z.string() }),
  z.object({ kind: z.literal('votes only'), digest: z.string(), text: z.string() }),
  z.object({ kind: z.literal('different'), text: z.string() }),
  z.object({ kind: z.literal('not certified'), reason: z.string() }),
]);

const journalSchema = z.object({
  format: z.literal(1),
  host: z.enum(hostNames),
  /** UTC, ISO 8601. */
  startedAt: z.string(),
  done: z.array(z.enum(stageKinds)).readonly(),
  /** From here on the old host is no more: what was saved is all there is. */
  isDestroying: z.boolean(),
  /** Where each store comes back from, once that is settled; none for a host without stores. */
  sources: z.record(z.string(), sourceSchema),
  /** Folder of the fingerprint to certify against; null: there is none. */
  fingerprint: z.string().nullable(),
  verdict: verdictSchema.nullable(),
  /** Why it stopped, when it failed and was not interrupted. */
  failure: z.string().nullable(),
});

/** What the next run of an interrupted rebuild needs to know. */
export type Journal = z.output<typeof journalSchema>;
export type Source = z.output<typeof sourceSchema>;

export const newJournal = (host: HostName, startedAt: Date): Journal => ({
  format: 1,
  host,
  startedAt: startedAt.toISOString(),
  done: [],
  isDestroying: false,
  sources: {},
  fingerprint: null,
  verdict: null,
  failure: null,
});

/** On the disk when it returns: what it allows may be followed by a power failure. */
export function writeJournal(folder: string, journal: Journal): void {
  const path = pathOf(folder, journal.host);
  writePrivate(path, `${JSON.stringify(journal, null, 2)}\n`);
  for (const place of [path, dirname(path)]) flush(place);
}

export function readJournal(folder: string, host: HostName): Journal | undefined {
  const text = readIfPresent(pathOf(folder, host));
  return text === undefined ? undefined : journalSchema.parse(JSON.parse(text));
}

export const removeJournal = (folder: string, host: HostName): void =>
  rmSync(pathOf(folder, host), { force: true });

/** Every rebuild that is not finished. */
export const openJournals = (folder: string): readonly Journal[] =>
  existsSync(folder)
    ? readdirSync(folder).flatMap((file) => {
        const host = hostNames.find((name) => file === `${name}.json`);
        const journal = host && readJournal(folder, host);
        return journal ? [journal] : [];
      })
    : [];

const pathOf = (folder: string, host: HostName): string => join(folder, `${host}.json`);
