import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { messageOf } from '../../core/errors.ts';
import { eventOf } from '../../core/events.ts';
import type { Host } from '../../core/host.ts';
import { isDamage, type Ledger, openLedger } from '../../core/ledger/ledger.ts';
import { flush } from '../../core/state.ts';
import { rsyncWithApp } from './rsync.ts';

/** What is on app of a ledger: rrsync over there takes files into folders only. */
export const folderOnApp = 'app:ledger/';

/** Each ledger has a copy of its own: one that begins anew never takes the place of what was lost here. */
export const copyName = ({ name }: Pick<Ledger, 'name'>): string => `ledger-${name}.sqlite`;

type Log = (message: string, about?: Readonly<Record<string, unknown>>) => void;

/**
 * Opens the ledger. Where there is none, because docker was lost, or a damaged one, which is set aside, it goes on
 * with the newest copy that app has; without one it begins.
 */
export async function openAgentLedger(
  path: string,
  host: (signal: AbortSignal) => Host,
  log: Log,
): Promise<Ledger> {
  if (!existsSync(path)) return begin(path, host, log);
  try {
    return openLedger(path);
  } catch (thrown) {
    if (!isDamage(thrown)) throw thrown;
    const aside = `${path}.damaged-${new Date().toISOString().replaceAll(':', '-')}`;
    log('the ledger is damaged and set aside', { path: aside, why: messageOf(thrown) });
    for (const ending of ['', '-wal', '-shm'])
      if (existsSync(`${path}${ending}`)) renameSync(`${path}${ending}`, `${aside}${ending}`);
    return begin(path, host, log);
  }
}

const bringBackMs = 30_000;

async function begin(path: string, host: (signal: AbortSignal) => Host, log: Log): Promise<Ledger> {
  const isBack = await bringBack(path, host(AbortSignal.timeout(bringBackMs))).catch((thrown: unknown) => {
    log('no copy of the ledger can be had; it begins anew', { why: messageOf(thrown) });
    return false;
  });
  const ledger = openLedger(path);
  const back = { from: 'app', sequence: ledger.last() };
  if (isBack) ledger.append([eventOf('ledger brought back', back, Date.now())]);
  return ledger;
}

/** Gives whether there was a copy. */
async function bringBack(path: string, docker: Host): Promise<boolean> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const folder = mkdtempSync(join(dirname(path), 'back-'));
  try {
    await docker.exec(rsyncWithApp(folderOnApp, `${folder}/`));
    const copies = readdirSync(folder)
      .filter((name) => name.endsWith('.sqlite'))
      .map((name) => ({ copy: join(folder, name), atMs: statSync(join(folder, name)).mtimeMs }))
      .toSorted((one, other) => other.atMs - one.atMs);
    const newest = copies.find(({ copy }) => isSound(copy))?.copy;
    if (newest === undefined) return false;
    renameSync(newest, path);
    flush(dirname(path));
    return true;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A copy that is read to its end. */
function isSound(copy: string): boolean {
  try {
    using ledger = openLedger(copy);
    return [...ledger.ofKinds(['agent started'])].length > 0;
  } catch {
    return false;
  }
}
