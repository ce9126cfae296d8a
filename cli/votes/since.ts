import type { Since } from '../../backup/journal/history.ts';
import { places } from '../../core/backupLayout.ts';
import { SlaError } from '../../core/errors.ts';
import type { Host } from '../../core/host.ts';

export const sinceFlag = {
  usage: '--since <point>',
  description: 'only votes accepted since a cut, by its label, or an instant: 2026-11-21T10:00:00+01:00',
} as const;

/** What `--since` means: an instant with its offset, or the label of a cut on docker. Error: `usage`. */
export async function sinceFrom(text: string | undefined, docker: Host): Promise<Since> {
  if (text === undefined) return { kind: 'begin' };
  if (/^\d{4}-\d{2}-\d{2}T/.test(text)) return { kind: 'instant', atMs: instantFrom(text) };
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(text)) throw unknown(text);
  const { exitCode, stdout } = await docker.query(['cat', `${places.cuts}/${text}/cut.json`]);
  if (exitCode !== 0) throw unknown(text);
  const { journalSequence } = JSON.parse(stdout) as { readonly journalSequence: number };
  return { kind: 'sequence', sequence: journalSequence };
}

function instantFrom(text: string): number {
  try {
    return Temporal.Instant.from(text).epochMilliseconds;
  } catch (cause) {
    throw new SlaError('usage', `"${text}" is no instant`, {
      cause,
      remedy: 'give it with its offset: 2026-11-21T10:00:00+01:00 or 2026-11-21T09:00:00Z',
    });
  }
}

const unknown = (text: string): SlaError =>
  new SlaError('usage', `no cut is named "${text}"`, {
    remedy: 'give the label of a cut, or an instant: 2026-11-21T10:00:00+01:00',
  });
