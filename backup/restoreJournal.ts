import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { flush, readIfPresent, writePrivate } from '../core/state.ts';
import { storeNames } from './types.ts';

/** Everything that a restore may consist of, in its order. */
export const restoreStages = [
  'save',
  'fetch',
  'hold',
  'switch',
  'redis',
  'certify',
  'reconcile',
  'release',
  'vote',
  'archive',
  'tidy',
] as const;
export type RestoreStage = (typeof restoreStages)[number];

const run = z.object({ first: z.string(), last: z.string() });

const postgresPlan = z.object({
  kind: z.literal('plan'),
  backup: z.string(),
  clusterBytes: z.number(),
  timeline: z.number(),
  wal: run,
  until: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('end') }),
    z.object({ kind: z.literal('restore point'), name: z.string(), lsn: z.string() }),
    z.object({ kind: z.literal('instant'), atMs: z.number() }),
  ]),
  notes: z.array(z.string()),
});

const redisPlan = z.discriminatedUnion('kind', [
  /** From the snapshot of a cut. */
  z.object({ kind: z.literal('cut'), label: z.string() }),
  /** From the append-only file of the replica. */
  z.object({ kind: z.literal('instant'), atMs: z.number() }),
]);
export type RedisPlan = z.output<typeof redisPlan>;

const journalSchema = z.object({
  format: z.literal(1),
  /** Tells the data of this restore on db. */
  id: z.string(),
  /** UTC, ISO 8601. */
  startedAt: z.string(),
  /** What was asked for, in one line: the same command goes on. */
  order: z.string(),
  only: z.enum(storeNames).nullable(),
  isExact: z.boolean(),
  /** Label of the cut that it goes back to; null for an instant, and for the latest. */
  cut: z.string().nullable(),
  postgres: postgresPlan.nullable(),
  redis: redisPlan.nullable(),
  /** What is there when it begins can be saved. */
  isSavable: z.boolean(),
  /** App did not answer when votes were to be held: it is not waited for. */
  isAppAway: z.boolean(),
  /** UTC milliseconds from which on votes may be missing. */
  votesSinceMs: z.number(),
  /** The cut of what was there before; null: it did not answer. */
  saved: z.string().nullable(),
  done: z.array(z.enum(restoreStages)),
  verdict: z.object({ kind: z.enum(['identical', 'different', 'proven']), text: z.string() }).nullable(),
});

/** What the next run of an interrupted restore needs to know. */
export type RestoreJournal = z.output<typeof journalSchema>;

/** On the disk when it returns: what it allows may be followed by a power failure. */
export function writeRestoreJournal(folder: string, journal: RestoreJournal): void {
  const path = pathIn(folder);
  writePrivate(path, `${JSON.stringify(journal, null, 2)}\n`);
  for (const place of [path, dirname(path)]) flush(place);
}

export function readRestoreJournal(folder: string): RestoreJournal | undefined {
  const text = readIfPresent(pathIn(folder));
  return text === undefined ? undefined : journalSchema.parse(JSON.parse(text));
}

export const removeRestoreJournal = (folder: string): void => rmSync(pathIn(folder), { force: true });

const lastSchema = z.object({ order: z.string(), seconds: z.number() });

/** A restore that came to its end in one go, and what it took: what the next one may take. */
export type LastRestore = z.output<typeof lastSchema>;

export const keepLastRestore = (folder: string, last: LastRestore): void =>
  writePrivate(lastPathIn(folder), JSON.stringify(last));

export function readLastRestore(folder: string): LastRestore | undefined {
  const text = readIfPresent(lastPathIn(folder));
  return text === undefined ? undefined : lastSchema.parse(JSON.parse(text));
}

const lastPathIn = (folder: string): string => join(folder, 'lastRestore.json');

const pathIn = (folder: string): string => join(folder, 'restore.json');
