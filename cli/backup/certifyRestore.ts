import { withCutFingerprint } from '../../backup/adapters/cutStore.ts';
import type { StoreName } from '../../backup/types.ts';
import type { Kept } from '../../core/fingerprint/keep.ts';
import { compare, renderCertificate } from '../commands/certify.ts';
import { withHost } from '../context.ts';
import { withLive } from '../fingerprints.ts';
import { noteRestore, type RestoreWork } from './restoreWork.ts';

/** Compares the stores with the cut; of an instant, what the replay itself proved is all that can be said. */
export async function certifyRestore(work: RestoreWork, narrate: (line: string) => void): Promise<void> {
  const { context, cut, journal } = work;
  if (!cut) {
    const text = proven(work);
    noteRestore(work, { verdict: { kind: 'proven', text } });
    return narrate(text);
  }
  await withHost(context, 'docker', (docker) =>
    withCutFingerprint(docker, cut, (before) =>
      withLive(context, async (after) => {
        const named = await compare(halfOf(before, after, journal.only), after);
        const isSame = named.certificate.verdict === 'IDENTICAL';
        const text = renderCertificate(named);
        noteRestore(work, { verdict: { kind: isSame ? 'identical' : 'different', text } });
        narrate(isSame ? 'identical' : 'different');
      }),
    ),
  );
}

/** Of the store that was not restored nothing is expected. */
function halfOf(before: Kept, after: Kept, only: StoreName | null): Kept {
  if (only === null) return before;
  const other = only === 'postgres' ? 'redis' : 'postgres';
  return { ...before, fingerprint: { ...before.fingerprint, [other]: after.fingerprint[other] } };
}

function proven({ journal: { postgres } }: RestoreWork): string {
  if (postgres?.until.kind === 'instant')
    return `PostgreSQL stopped before the first commit after ${new Date(postgres.until.atMs).toISOString()}`;
  if (postgres?.until.kind === 'end') return `PostgreSQL replayed all WAL up to ${postgres.wal.last}`;
  return 'Redis loaded its snapshot';
}
