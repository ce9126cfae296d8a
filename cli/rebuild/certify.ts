import { cpSync, existsSync } from 'node:fs';
import { digestOf } from '../../core/fingerprint/digest.ts';
import { type Kept, openKept } from '../../core/fingerprint/keep.ts';
import type { Verdict } from '../../rebuild/types.ts';
import { compare, type NamedCertificate, renderCertificate } from '../commands/certify.ts';
import { fingerprintPath, live, withLive } from '../fingerprints.ts';
import { note, type RebuildWork } from './work.ts';

/** Compares the stores with the fingerprint from before; every difference is in the verdict. */
export async function certify(work: RebuildWork, narrate: (line: string) => void): Promise<void> {
  const { context } = work.target;
  const { fingerprint } = work.journal;
  const before = fingerprint === null ? undefined : await openKept(fingerprint);
  const verdict: Verdict = before
    ? await withLive(context, async (after) => verdictOf(await compare(before, after), after, work.host))
    : { kind: 'not certified', reason: 'no fingerprint was kept of what the stores held before' };
  narrate(verdict.kind);
  if (verdict.kind !== 'different') return note(work, { verdict });
  const name = keepUnderName(work);
  note(work, { verdict: { ...verdict, text: `${verdict.text}\nNext: ./sla certify ${name} ${live}` } });
}

function verdictOf(named: NamedCertificate, { fingerprint }: Kept, host: RebuildWork['host']): Verdict {
  const { certificate } = named;
  if (certificate.verdict === 'IDENTICAL') return { kind: 'identical', digest: certificate.digest };
  const text = renderCertificate(named);
  return host === 'docker' && cameMeanwhile(named)
    ? { kind: 'votes only', digest: digestOf(fingerprint), text }
    : { kind: 'different', text };
}

/** While docker is replaced votes are accepted: they may wait in the queue, be new, or change a voter's mind. */
const cameMeanwhile = ({ certificate, rows }: NamedCertificate): boolean =>
  certificate.verdict === 'DIFFERENT' &&
  certificate.differences.every(
    (difference) =>
      (difference.kind === 'rows' && difference.table === 'public.votes') ||
      (difference.kind === 'redis key' && difference.key === 'votes'),
  ) &&
  rows.every((named) => named.kind === 'named' && named.onlyBefore.length === 0 && named.isComplete);

/** Where `sla certify` finds it, so that a person can look again. */
function keepUnderName({ target, host, journal }: RebuildWork): string {
  const name = `rebuild-${host}-${journal.startedAt.replaceAll(':', '-')}`;
  const folder = fingerprintPath(target.context, name);
  if (journal.fingerprint !== null && !existsSync(folder))
    cpSync(journal.fingerprint, folder, { recursive: true });
  return name;
}
