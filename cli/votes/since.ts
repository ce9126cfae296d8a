import { readCuts } from '../../backup/adapters/cutStore.ts';
import { instantFrom } from '../../backup/instant.ts';
import type { Since } from '../../backup/journal/history.ts';
import type { Cut } from '../../backup/types.ts';
import { SlaError } from '../../core/errors.ts';
import type { Host } from '../../core/host.ts';
import { nearest } from '../../core/nearest.ts';

export const sinceFlag = {
  usage: '--since <point>',
  description: 'only votes accepted since a cut, by its label, or since an instant with its offset or zone',
} as const;

/** What `--since` means: an instant, or the label of a cut on docker; `zone` is that of the service windows. Errors: `usage`, as `instantFrom`. */
export async function sinceFrom(text: string | undefined, zone: string, docker: Host): Promise<Since> {
  if (text === undefined) return { kind: 'begin' };
  if (/^\d{4}-\d{2}-\d{2}T\d/.test(text)) return { kind: 'instant', atMs: instantFrom(text, zone) };
  const cuts = (await readCuts(docker)).flatMap((entry) => ('cut' in entry ? [entry.cut] : []));
  const cut = cuts.find(({ label }) => label === text);
  if (cut) return sinceCut(cut);
  const labels = cuts.map(({ label }) => label);
  const meant = nearest(text, labels);
  throw new SlaError('usage', `no cut is named "${text}"${meant ? `, did you mean "${meant}"?` : ''}`, {
    remedy: 'give the label of a cut ("./sla backup list"), or an instant: 2026-11-21T10:00:00+01:00',
  });
}

/** A cut that no journal was kept for tells only its time. */
export const sinceCut = ({ journalSequence, atMs }: Cut): Since =>
  journalSequence > 0 ? { kind: 'sequence', sequence: journalSequence } : justBefore(atMs);

/** The clocks of two hosts differ, and the journal's stamps are whole seconds: rather some votes too many. */
export const justBefore = (atMs: number): Since => ({
  kind: 'instant',
  atMs: Math.floor(atMs / 1000) * 1000 - 2000,
});
