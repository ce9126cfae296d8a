import type { QueueEvent } from './queueEvents.ts';
import type { JournalRecord } from './types.ts';

/**
 * Records of what happened, numbered on from `sequence`. Entries taken one by one from the head are told together,
 * behind what came at the tail meanwhile: it comes to the same.
 */
export function recordsOf(events: readonly QueueEvent[], sequence: number): readonly JournalRecord[] {
  const records: JournalRecord[] = [];
  let taken: { readonly atMs: number | null; readonly count: number } | undefined;
  let last = sequence;
  const tellTaken = () => {
    if (taken) records.push({ kind: 'popped', from: 'head', ...taken });
    taken = undefined;
  };
  for (const event of events) {
    if (event.kind === 'popped' && event.from === 'head') {
      taken = { atMs: event.atMs, count: (taken?.count ?? 0) + event.count };
      continue;
    }
    if (event.kind !== 'accepted' || event.isFirst) tellTaken();
    if (event.kind === 'accepted') last += 1;
    records.push(recordOf(event, last));
  }
  tellTaken();
  return records;
}

function recordOf(event: QueueEvent, sequence: number): JournalRecord {
  if (event.kind === 'accepted') {
    const { isFirst, ...accepted } = event;
    return { ...accepted, sequence, ...(isFirst && { isFirst }) };
  }
  const { kind, atMs } = event;
  if (kind === 'popped') return event;
  if (kind !== 'foreign') return { kind, atMs, how: event.how };
  return {
    kind: 'gap',
    fromMs: atMs,
    toMs: atMs,
    afterSequence: sequence,
    reason: `${event.how} put entries in the queue that were not seen to be accepted`,
    waiting: null,
  };
}
