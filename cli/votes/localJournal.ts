import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fetchOutput } from '../../backup/adapters/wire.ts';
import { followOnce } from '../../backup/journal/follow.ts';
import { places } from '../../core/backupLayout.ts';
import { SlaError } from '../../core/errors.ts';
import type { Host } from '../../core/host.ts';
import { runLocal } from '../../core/local.ts';
import { addressOfHost, type Context, sshCommandTo } from '../context.ts';

/**
 * Brings the journal of votes here, adds what the replica has written since, and hands over its folder, which goes
 * afterwards. The journal on docker is not touched: whoever keeps it need not be there. Error: `journal-source`.
 */
export async function withLocalJournal<T>(
  context: Context,
  docker: Host,
  use: (journal: string) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'sla-votes-'));
  try {
    const { exitCode } = await docker.query(['test', '-d', `${places.replica}/appendonlydir`]);
    if (exitCode !== 0) throw noReplica();
    const archive = join(folder, 'archive');
    await fetchOutput(
      sshTo(context),
      ['sh', '-eu', '-c', collect, 'sh', places.journal, places.replica],
      archive,
    );
    const unpacked = await runLocal(['tar', '--extract', '--gzip', '--file', archive, '--directory', folder]);
    if (unpacked.exitCode !== 0) throw new Error(`tar cannot unpack the journal: ${unpacked.stderr}`);
    rmSync(archive);
    const journal = join(folder, 'journal');
    await followOnce({ replica: join(folder, 'replica'), journal });
    return await use(journal);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

// The journal before what it was read from, and its lines before its links: what comes later may only be longer.
// A file that grows meanwhile ends tar with 1, and is whole up to where it was read. Links stay links.
const collect = `
journal=$1 replica=$2
cd /
set -- $(ls -d "$journal"/*.votes "$journal/source" "$replica/appendonlydir" 2>/dev/null | cut -c 2-)
tar --create --gzip --file - --transform "s:^\${journal#/}:journal:" --transform "s:^\${replica#/}:replica:" \\
  --warning=no-file-changed --warning=no-file-removed "$@" || [ $? -eq 1 ]
`;

function sshTo(context: Context): readonly string[] {
  const isRoot = addressOfHost(context, 'docker').user === 'root';
  return [...sshCommandTo(context, 'docker'), ...(isRoot ? [] : ['--', 'sudo', '-n'])];
}

const noReplica = (): SlaError =>
  new SlaError(
    'journal-source',
    'docker keeps no replica of Redis: nothing is known of the votes that were accepted',
    {
      remedy: 'run "./sla up", which sets one up; it knows the votes that come from then on',
    },
  );
