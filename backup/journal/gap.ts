import { existsSync, readFileSync } from 'node:fs';
import { readJournal } from './journal.ts';
import { overlapOf } from './overlap.ts';
import { readSnapshot, type Snapshot } from './snapshot.ts';
import type { Source } from './sources.ts';
import type { Accepted, Gap, JournalRecord, Position } from './types.ts';
import { processingKey, queueKey } from './types.ts';

/**
 * What is known of a gap: its begin and end, and what waited behind it. Entries that the journal does not have yet
 * were accepted within it, at a time that is not known.
 */
export async function gapBefore(
  source: Source,
  base: string,
  { folder, position }: { readonly folder: string; readonly position: Position },
): Promise<{ readonly records: readonly JournalRecord[]; readonly atMs: number | null }> {
  const snapshot = snapshotIn(base);
  const isForward = source.joint !== 'back';
  const found = [...(snapshot.lists[processingKey] ?? []), ...(snapshot.lists[queueKey] ?? [])];
  const skipped = isForward ? Math.max(0, position.sequence - found.length) : 0;
  const { length, end } = await overlapOf(entriesAfter(folder, skipped), found, isForward);
  const gap: Gap = {
    kind: 'gap',
    fromMs: position.atMs,
    toMs: snapshot.atMs,
    afterSequence: position.sequence,
    reason: [reasonOf(source, position), snapshot.problem].filter(Boolean).join('; '),
    waiting: length === 0 ? null : [skipped + end - length + 1, skipped + end],
  };
  const accepted = found.slice(length).map(
    (entry, index): Accepted => ({
      kind: 'accepted',
      sequence: position.sequence + index + 1,
      atMs: null,
      entry,
      offset: 0,
      isFound: true,
    }),
  );
  return { records: [gap, ...accepted], atMs: snapshot.atMs };
}

function reasonOf({ joint }: Source, { source }: Position): string {
  if (source === '') return 'the journal begins here';
  return joint === 'back'
    ? 'Redis came back from an older state of itself'
    : 'the replica had to copy Redis anew, and has not seen what happened meanwhile';
}

async function* entriesAfter(folder: string, sequence: number): AsyncGenerator<string> {
  for await (const { records } of readJournal(folder, sequence))
    for (const record of records)
      if (record.kind === 'accepted' && record.sequence > sequence) yield record.entry;
}

function snapshotIn(path: string): Snapshot & { readonly problem?: string } {
  const nothing = { atMs: null, lists: {} };
  if (!existsSync(path)) return { ...nothing, problem: 'what waited in the queue is not known' };
  try {
    return readSnapshot(readFileSync(path), [processingKey, queueKey]);
  } catch (thrown) {
    return { ...nothing, problem: `what waited in the queue is not known: ${String(thrown)}` };
  }
}
