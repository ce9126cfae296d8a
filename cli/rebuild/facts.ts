import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { copyNames, nameOf, newestCopy, openCopy } from '../../backup/copy.ts';
import { type Copy, storeNames } from '../../backup/types.ts';
import { type HostName, hostNames } from '../../core/application.ts';
import { SlaError } from '../../core/errors.ts';
import { nearest } from '../../core/nearest.ts';
import { startComponents } from '../../monitor/application.ts';
import { type Journal, readJournal } from '../../rebuild/journal.ts';
import type { KnownCopy, RebuildFacts } from '../../rebuild/plan.ts';
import { type Context, withHost } from '../context.ts';
import { withBackups } from './backups.ts';
import { copiesFolder, journalFolder } from './places.ts';

export interface Asked {
  readonly host: HostName;
  /** What is destroyed, and by whom. */
  readonly destroys: string;
  readonly hasMonitoring: boolean;
  /** The client delivered the host anew before anybody began. */
  readonly isNew: boolean;
  /** Name of the copy to restore, instead of what is saved first. */
  readonly copy: string | undefined;
}

/** Looks at everything that a rebuild depends on. Starts what only has to be started to be saved. Error: `usage`. */
export async function gatherFacts(context: Context, asked: Asked): Promise<RebuildFacts> {
  const { host, destroys, copy, hasMonitoring, isNew } = asked;
  const journal = readJournal(journalFolder(context), host);
  const chosen = copy === undefined ? undefined : chosenCopy(context, copy);
  const isSettled = isSettledBy(journal) || (isNew && host === 'db');
  const isStartable = context.config.target === 'lab' && !context.isDryRun;
  if (!isSettled && isStartable) await startStopped(context, host);
  const answering = await answeringHosts(context, host);
  const savable = isSettled || !answering.includes('db') ? [] : await savableStores(context);
  return {
    host,
    destroys,
    isNew,
    hasMonitoring,
    journal,
    answering,
    stores: storeNames,
    savable,
    copies: host === 'db' ? newestCopies(context) : {},
    ...(chosen && { chosen: { ...known(chosen), stores: chosen.stores } }),
  };
}

/** From here on, what the host holds is not what has to be saved. */
const isSettledBy = (journal: Journal | undefined): boolean =>
  journal !== undefined && (journal.isDestroying || journal.done.includes('save'));

const known = (copy: Copy): KnownCopy => ({ name: nameOf(copy), takenAt: copy.takenAt });

function chosenCopy(context: Context, name: string): Copy {
  const folder = copiesFolder(context);
  const names = copyNames(folder);
  const copy = names.includes(name) ? openCopy(join(folder, name)) : undefined;
  if (copy) return copy;
  const meant = nearest(name, names);
  const what = names.includes(name) ? `the copy "${name}" is damaged` : `no copy is named "${name}"`;
  throw new SlaError('usage', `${what}${meant && meant !== name ? `, did you mean "${meant}"?` : ''}`, {
    remedy: names.length > 0 ? `use one of ${names.join(', ')}` : 'leave out --copy: there is none yet',
  });
}

function newestCopies(context: Context): RebuildFacts['copies'] {
  const damaged = new Set<string>();
  const found = storeNames.map((store) => {
    const copy = newestCopy(copiesFolder(context), store, (name) => void damaged.add(name));
    return [store, copy && known(copy)] as const;
  });
  for (const name of damaged) context.narrate(`the copy ${name} is damaged and passed over`);
  return Object.fromEntries(found);
}

async function answeringHosts(context: Context, rebuilt: HostName): Promise<readonly HostName[]> {
  const isAdopted = context.config.target === 'adopted';
  const answers = await Promise.all(
    // A new host of the client is not had for the asking: it gets more time to answer.
    hostNames.map((name) =>
      withHost(context, name, async () => true, isAdopted ? 10_000 : 3000).catch((thrown: unknown) => {
        // The one that the client delivers may show a new key, which is asked about in its turn.
        const isNew = isAdopted && name === rebuilt;
        if (thrown instanceof SlaError && (isNew || thrown.code !== 'host-key-changed')) return false;
        throw thrown;
      }),
    ),
  );
  return hostNames.filter((_, index) => answers[index]);
}

async function savableStores(context: Context): Promise<readonly string[]> {
  const ask = () =>
    withBackups(context, async (backups) => {
      const answers = await Promise.all(backups.map((backup) => backup.answers()));
      return backups.filter((_, index) => answers[index]).map(({ store }) => store);
    });
  const first = await ask();
  if (first.length === storeNames.length || context.isDryRun) return first;
  const started = await withHost(context, 'db', startComponents).catch((thrown: unknown) => {
    if (!(thrown instanceof SlaError)) throw thrown;
    context.narrate(`nothing can be started on db: ${thrown.message}`);
    return [];
  });
  if (started.length > 0) context.narrate(`started ${started.join(', ')} on db, to save what it holds`);
  return ask();
}

const bootDeadlineMs = 20_000;

/** A host that only stands still may still hold everything. */
async function startStopped(context: Context, host: HostName): Promise<void> {
  const fullName = `${context.config.lab.name}-${host}`;
  const found = (await context.engine.containers()).find(({ name }) => name === fullName);
  if (!found || found.isRunning) return;
  const isStarted = await context.engine.start(found.id).then(
    () => true,
    () => false,
  );
  if (!isStarted) return context.narrate(`${host} is stopped and cannot be started`);
  context.narrate(`started ${host}, to save what it holds`);
  const deadline = performance.now() + bootDeadlineMs * context.patience;
  while (performance.now() < deadline) {
    const isUp = await withHost(context, host, async () => true, 2000).catch(() => false);
    if (isUp) return;
    await sleep(500);
  }
}
