import type { HostName } from '../../core/application.ts';
import type { Outcome } from '../../core/command.ts';
import { SlaError } from '../../core/errors.ts';
import { isMarkedOld, unmarkOld } from '../../rebuild/byClient.ts';
import { type Journal, readJournal, writeJournal } from '../../rebuild/journal.ts';
import { type Context, withHost } from '../context.ts';
import { journalFolder } from './places.ts';
import { giveUp } from './rebuildHost.ts';

/** Ends a rebuild whose client does not deliver, while the old host still stands as it was left. */
export async function giveUpWaiting(context: Context, name: HostName): Promise<Outcome> {
  const folder = journalFolder(context);
  const journal = readJournal(folder, name);
  if (!journal) throw refused(`no rebuild of ${name} is under way`, 'run "./sla status"');
  if (context.isDryRun)
    return { result: { host: name, isDryRun: true }, text: `${name} would stay as it is` };
  await insistOnUntouched(context, journal);
  writeJournal(folder, { ...journal, isDestroying: false });
  if (!(await giveUp(context, name)))
    throw refused(
      `${name} stays, but the hold cannot be taken back`,
      `run "./sla rebuild ${name} --give-up" again`,
    );
  await withHost(context, name, unmarkOld, 10_000);
  return {
    result: { host: name, isGivenUp: true },
    text: `${name} stays as it is, and votes are accepted again. What was saved is kept.`,
  };
}

/** Only the host that was marked, and whose stores nobody has touched since, may serve again. */
async function insistOnUntouched(context: Context, { host, isDestroying, done }: Journal): Promise<void> {
  if (!isDestroying) return;
  const isThere =
    !done.includes('replace') && (await withHost(context, host, isMarkedOld, 10_000).catch(notTheOld));
  if (!isThere) throw refused(`the old ${host} is gone`, `run "./sla rebuild ${host}": it goes on`);
}

/** A silent host may be the old one; under another key or without our login it is not. */
function notTheOld(thrown: unknown): boolean {
  if (thrown instanceof SlaError && thrown.code !== 'host-unreachable') return false;
  throw thrown;
}

const refused = (message: string, remedy: string): SlaError => new SlaError('usage', message, { remedy });
