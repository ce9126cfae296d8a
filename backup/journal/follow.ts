import { open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { SlaError } from '../../core/errors.ts';
import { AofReader, NotAof } from './aof.ts';
import { gapBefore } from './gap.ts';
import { type Journal, openJournal } from './journal.ts';
import { interpreter } from './queueEvents.ts';
import { recordsOf } from './records.ts';
import { openSources, type Source, type Sources } from './sources.ts';
import type { Position } from './types.ts';

export interface Followed {
  /** Folder of the replica's data, and that of the journal, on one file system. */
  readonly replica: string;
  readonly journal: string;
}

export interface FollowOptions extends Followed {
  /** Ends it; what was read is on the disk then. */
  readonly signal: AbortSignal;
  readonly everyMs?: number;
  /** Hears of a failure, each once; it is tried again, ever more rarely, up to twice a minute. */
  readonly onTrouble?: (thrown: unknown) => void;
  /** Asks the replica to begin its file anew, when all of it was read and it is this large. */
  readonly rewrite?: { readonly atBytes: number; ask(): Promise<void> };
}

/** Keeps the journal of votes until `signal`. Whatever goes wrong is told to `onTrouble`, and tried again. */
export async function follow(options: FollowOptions): Promise<void> {
  const { signal, everyMs = 100, onTrouble = () => undefined } = options;
  let told = '';
  let waitMs = everyMs;
  while (!signal.aborted) {
    try {
      await followUntilTrouble(options, () => {
        [told, waitMs] = ['', everyMs];
      });
    } catch (thrown) {
      if (String(thrown) !== told) onTrouble(thrown);
      [told, waitMs] = [String(thrown), Math.min(waitMs * 2, 30_000)];
      await pause(waitMs, signal);
    }
  }
}

/** A journal that could not be written is opened anew: what was written of a batch is cut off then. */
async function followUntilTrouble(options: FollowOptions, onRound: () => void): Promise<void> {
  const { signal, everyMs = 100 } = options;
  await using journal = await openJournal(options.journal);
  const sources = openSources(options.replica, options.journal);
  while (!signal.aborted) {
    await catchUp(journal, sources);
    await rewriteIfLarge(journal, sources, options);
    onRound();
    await pause(everyMs, signal);
  }
}

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  sleep(ms, undefined, { signal }).catch(() => undefined);

/**
 * Brings the journal up to what the replica has written, once. Gives where it stands. Errors: `lab-busy` while another
 * process keeps it, `journal-damaged`, `journal-source`.
 */
export async function followOnce({ replica, journal: folder }: Followed): Promise<Position> {
  await using journal = await openJournal(folder);
  await catchUp(journal, openSources(replica, folder));
  return journal.position;
}

async function catchUp(journal: Journal, sources: Sources): Promise<void> {
  for (;;) {
    const all = sources.refresh();
    const at = all.findIndex(({ name }) => name === journal.position.source);
    const current = all[at];
    const next = all[at + 1];
    // A file with another one behind it has come to its end before it is read to its end.
    if (current) await readOn(journal, sources.pathOf(current));
    if (!next) return;
    await enter(journal, sources, next, current !== undefined);
    for (const read of all.slice(0, at + 1)) sources.forget(read);
  }
}

/** A source that the journal has lost its place in begins behind a gap, whatever it says. */
async function enter(
  { folder, position, append }: Journal,
  sources: Sources,
  source: Source,
  isPlaceKnown: boolean,
): Promise<void> {
  const there: Position = { ...position, source: source.name, offset: 0, database: 0 };
  if (source.joint === 'next' && isPlaceKnown) return append([], there);
  const { records, atMs } = await gapBefore(source, sources.baseOf(source), { folder, position });
  const accepted = records.filter(({ kind }) => kind === 'accepted').length;
  await append(records, { ...there, atMs: atMs ?? position.atMs, sequence: position.sequence + accepted });
}

async function readOn(journal: Journal, path: string): Promise<void> {
  const { position } = journal;
  const file = await open(path);
  try {
    const { size } = await file.stat();
    if (size < position.offset) return await recordCutOff(journal, path, size);
    const reader = new AofReader(position.offset);
    const reading = interpreter(position);
    const piece = Buffer.alloc(Math.min(pieceBytes, Math.max(size - position.offset, 1)));
    for (let at = position.offset; ; ) {
      const { bytesRead } = await file.read(piece, 0, piece.length, at);
      if (bytesRead === 0) return;
      at += bytesRead;
      const events = reader.feed(piece.subarray(0, bytesRead)).flatMap((record) => reading.take(record));
      await keep(journal, recordsOf(events, journal.position.sequence), reading.standing);
    }
  } catch (thrown) {
    throw thrown instanceof NotAof ? unreadable(path, thrown) : thrown;
  } finally {
    await file.close();
  }
}

const pieceBytes = 64 * 1024;

async function keep(
  { position, append }: Journal,
  records: ReturnType<typeof recordsOf>,
  standing: Pick<Position, 'offset' | 'database' | 'atMs'>,
): Promise<void> {
  if (records.length === 0 && standing.offset === position.offset) return;
  const accepted = records.filter(({ kind }) => kind === 'accepted').length;
  await append(records, { ...position, ...standing, sequence: position.sequence + accepted });
}

/** After a power failure the file may have lost what was read of it already. */
async function recordCutOff({ position, append }: Journal, path: string, size: number): Promise<void> {
  const gap = {
    kind: 'gap' as const,
    fromMs: position.atMs,
    toMs: null,
    afterSequence: position.sequence,
    reason: `${path} lost its last ${position.offset - size} bytes after they were read`,
    waiting: null,
  };
  await append([gap], { ...position, offset: size });
}

async function rewriteIfLarge(journal: Journal, sources: Sources, { rewrite }: FollowOptions): Promise<void> {
  if (!rewrite || journal.position.offset < rewrite.atBytes) return;
  await rewrite.ask();
  // The new file is seen beside the old one now: later nobody could tell whether something lies between them.
  sources.refresh();
}

const unreadable = (path: string, { offset, message }: NotAof): SlaError =>
  new SlaError(
    'journal-source',
    `the append-only file of the replica cannot be read: ${path} at byte ${offset}`,
    {
      cause: message,
    },
  );
