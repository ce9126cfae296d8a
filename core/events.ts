import { randomUUID } from 'node:crypto';
import { z } from 'zod';

const durationMs = z.number().nonnegative();
const instantMs = z.int();
const sentence = z.string().max(4000);

/** What a run of a job came to. A job is cut off when the agent, or its host, ended while it ran. */
export const jobOutcomes = ['ok', 'failed', 'skipped', 'cut off'] as const;
export type JobOutcome = (typeof jobOutcomes)[number];

/** Data of each kind of event, as it may come from outside. Instants are UTC milliseconds. */
const dataOf = {
  /** `jobs` are the names it knows; a job is expected to run from the first event on that names it. */
  'agent started': z.strictObject({ build: z.string(), jobs: z.array(z.string()) }),
  'agent stopped': z.strictObject({ why: sentence }),
  /** `dueMs` is the time of its schedule that it runs for. */
  'job started': z.strictObject({ run: z.string(), job: z.string(), dueMs: instantMs, by: sentence }),
  'job ended': z.strictObject({
    run: z.string(),
    job: z.string(),
    outcome: z.enum(jobOutcomes),
    /** What it came to, or why it did not. */
    said: sentence,
    tookMs: durationMs,
  }),
  /** `times` of its schedule passed without it; the last is `dueMs`. */
  'job missed': z.strictObject({
    job: z.string(),
    dueMs: instantMs,
    times: z.int().positive(),
    why: sentence,
    isRunNow: z.boolean(),
  }),
  'backup made': z.strictObject({
    label: z.string(),
    backup: z.enum(['full', 'differential', 'incremental']),
    addedBytes: z.number().nonnegative(),
    tookMs: durationMs,
  }),
  'cut made': z.strictObject({
    label: z.string(),
    digest: z.string(),
    pausedMs: durationMs,
    tookMs: durationMs,
  }),
  'drill ended': z.strictObject({
    cut: z.string(),
    verdict: z.enum(['proven', 'failed', 'could not verify']),
    reasons: z.array(sentence),
    isControl: z.boolean(),
    tookMs: durationMs,
  }),
  'restore ended': z.strictObject({
    /** The cut or the instant that was asked for. */
    target: z.string(),
    stores: z.array(z.string()),
    outcome: z.enum(['ok', 'failed']),
    said: sentence,
    tookMs: durationMs,
  }),
  /** A command of a person; `exitStatus` other than 0 is its error. */
  'command run': z.strictObject({
    who: z.string(),
    words: z.array(z.string()),
    exitStatus: z.int(),
    tookMs: durationMs,
    /** The error code, when it failed on purpose. */
    code: z.string().optional(),
  }),
  /** From here on a commit that db confirms may be lost with db. */
  'guarantee gone': z.strictObject({ why: sentence }),
  'guarantee back': z.strictObject({ why: sentence }),
  /** After the loss of docker, or of its disk. What came after the copy is lost. */
  'ledger brought back': z.strictObject({ from: z.string(), sequence: z.int().nonnegative() }),
  'ledger copied': z.strictObject({ to: z.string(), sequence: z.int().nonnegative() }),
} as const;

export type EventKind = keyof typeof dataOf;
type DataOf<K extends EventKind> = z.output<(typeof dataOf)[K]>;

/** Something that happened. Appending one a second time, by its id, changes nothing. */
export type Event<K extends EventKind = EventKind> = {
  [Each in K]: {
    readonly id: string;
    readonly atMs: number;
    readonly kind: Each;
    readonly data: DataOf<Each>;
  };
}[K];

export const eventKinds = Object.keys(dataOf) as readonly EventKind[];

/** An event that happens now, with an id of its own unless one is given. */
export const eventOf = <K extends EventKind>(
  kind: K,
  data: DataOf<K>,
  atMs: number,
  id: string = randomUUID(),
): Event<K> => ({ id, atMs, kind, data }) as Event<K>;

const envelope = z.strictObject({
  id: z.string().min(8).max(200),
  atMs: instantMs,
  kind: z.enum(eventKinds as [EventKind, ...EventKind[]]),
  data: z.unknown(),
});

/** An event that comes from outside, or in a sentence what is wrong with it. */
export function parseEvent(value: unknown): Event | string {
  const outer = envelope.safeParse(value);
  if (!outer.success) return z.prettifyError(outer.error);
  const data = dataOf[outer.data.kind].safeParse(outer.data.data);
  if (!data.success) return `${outer.data.kind}: ${z.prettifyError(data.error)}`;
  return { ...outer.data, data: data.data } as Event;
}
