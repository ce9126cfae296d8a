import { stat, truncate } from 'node:fs/promises';
import { messageOf, SlaError } from '../../core/errors.ts';
import { digestOf } from '../../core/fingerprint/digest.ts';
import type { Fingerprint } from '../../core/fingerprint/types.ts';
import type { Host } from '../../core/host.ts';
import { problemsOfCut, readCuts, withCutFingerprint, withCutSnapshot } from '../adapters/cutStore.ts';
import type { Cut } from '../types.ts';
import type { Source } from './copyToDamage.ts';
import type { Finding } from './findings.ts';
import { putSnapshot } from './redisScratch.ts';
import type { Scratch } from './scratch.ts';

export interface Opened {
  readonly finding: Finding;
  /** There when the finding agrees. */
  readonly fingerprint?: Fingerprint;
}

const check = 'files of the cut';

/**
 * Compares every file of the cut with its checksum, opens its fingerprint, and puts its snapshot of Redis where the
 * scratch Redis reads it.
 */
export async function openCut(docker: Host, scratch: Scratch, cut: Cut, source: Source): Promise<Opened> {
  try {
    const problem = await problemOf(docker, cut, source);
    if (problem !== undefined) return { finding: { check, kind: 'differs', text: problem } };
    const fingerprint = await withCutFingerprint(docker, cut, async (kept) => kept.fingerprint, source);
    if (digestOf(fingerprint) !== cut.digest)
      return {
        finding: { check, kind: 'differs', text: 'the fingerprint is not the one that the cut names' },
      };
    await withCutSnapshot(docker, cut, (file) => put(docker, scratch, file, source), source);
    return { finding: { check, kind: 'agreed' }, fingerprint };
  } catch (thrown) {
    return { finding: findingOf(thrown) };
  }
}

async function problemOf(docker: Host, cut: Cut, source: Source): Promise<string | undefined> {
  const entry = (await readCuts(docker, source)).find(({ label }) => label === cut.label);
  if (entry === undefined) return 'its folder is gone';
  if ('problem' in entry) return entry.problem;
  const problems = await problemsOfCut(docker, cut, source);
  return problems.length === 0 ? undefined : problems.join('; ');
}

async function put(docker: Host, scratch: Scratch, file: string, { snapshotShare }: Source): Promise<void> {
  if (snapshotShare !== undefined) await truncate(file, Math.floor((await stat(file)).size * snapshotShare));
  await putSnapshot(docker, scratch, file);
}

/** What cannot be opened is damaged; what cannot be reached, or not be put somewhere, says nothing. */
function findingOf(thrown: unknown): Finding {
  const isOfCopy =
    thrown instanceof SyntaxError ||
    (thrown instanceof SlaError && (thrown.code === 'restore-failed' || thrown.code === 'backup-key'));
  if (!isOfCopy && !(thrown instanceof SlaError)) throw thrown;
  return { check, kind: isOfCopy ? 'differs' : 'could not run', text: messageOf(thrown) };
}
