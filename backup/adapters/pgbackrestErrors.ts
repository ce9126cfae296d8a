import { places } from '../../core/backupLayout.ts';
import { messageOf, SlaError } from '../../core/errors.ts';
import type { Host } from '../../core/host.ts';

/** Runs what asks pgBackRest, and says in our words what it could not do. */
export async function translated<T>(docker: Host, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (thrown) {
    if (thrown instanceof SlaError && thrown.code !== 'remote-command-failed') throw thrown;
    const said = thrown instanceof SlaError ? messageOf(thrown.cause) : messageOf(thrown);
    const known = knownProblem(said);
    if (known?.code === 'repository-full') throw full(said, await bytesAt(docker));
    throw known ?? (thrown instanceof SlaError ? failed(said) : thrown);
  }
}

/** What pgBackRest says, as one of our errors; undefined for what has no words of its own. */
export function knownProblem(said: string): SlaError | undefined {
  if (/No space left on device|\[28\]/.test(said)) return full(said, undefined);
  if (/repo1?-cipher-pass/.test(said)) return keyProblem('missing', said);
  // Decrypted with another key an info file is noise.
  if (/CryptoError|cipher|found outside of section|is or was the repo encrypted/i.test(said))
    return keyProblem('wrong', said);
  if (/\[050\]|unable to acquire lock/.test(said))
    return new SlaError('store-busy', 'the repository is locked by another run of pgBackRest', {
      cause: errorLine(said),
      remedy:
        'wait for it to end, then run the same command again; "./sla backup list" shows what came of it',
    });
  if (/\[049\]|HostConnectError|unable to connect to/.test(said))
    return new SlaError('host-unreachable', 'pgBackRest cannot reach the other host', {
      cause: errorLine(said),
      remedy: 'run "./sla doctor"; then run the same command again',
    });
  if (/there is no stanza|missing stanza/.test(said))
    return failed(said, 'run "./sla converge docker" and "./sla converge db": they make the repository');
  return undefined;
}

const keyProblem = (what: 'missing' | 'wrong', said: string): SlaError =>
  new SlaError('backup-key', `the key in ${places.keyFile} on docker is ${what}: nothing is overwritten`, {
    cause: errorLine(said),
    remedy: `put the key that the repository was made with into ${places.keyFile}, then run "./sla converge docker"; follow docs/runbooks/backup-key.md`,
  });

const full = (said: string, space: string | undefined): SlaError =>
  new SlaError(
    'repository-full',
    `the disk of ${places.repository} on docker is full${space ? `: ${space}` : ''}`,
    {
      cause: errorLine(said),
      remedy: 'make room as docs/runbooks/repository-full.md says; then run the same command again',
    },
  );

const failed = (said: string, remedy?: string): SlaError =>
  new SlaError('backup-failed', 'pgBackRest stopped with an error', {
    cause: errorLine(said),
    ...(remedy === undefined ? {} : { remedy }),
  });

async function bytesAt(docker: Host): Promise<string> {
  const { stdout } = await docker.query(['df', '--output=avail,size', '--block-size=1', places.repository]);
  const [available = '?', size = '?'] = (stdout.trim().split('\n').at(-1) ?? '').trim().split(/\s+/);
  return `${available} of ${size} bytes are left`;
}

/** The lines that tell the error; what pgBackRest did before it is in its log. */
function errorLine(said: string): string {
  const printable = said.replaceAll(/[^\n\x20-\x7e]+/g, '…');
  const lines = printable.split('\n').filter((line) => line.trim() !== '');
  const from = lines.findIndex((line) => /ERROR:/.test(line));
  return (from < 0 ? lines.slice(-3) : lines.slice(from, from + 4)).join('\n').trim();
}
