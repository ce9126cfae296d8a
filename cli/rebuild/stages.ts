import type { HostName } from '../../core/application.ts';
import { SlaError } from '../../core/errors.ts';
import type { Host } from '../../core/host.ts';
import { dbPhases } from '../../provision/roles/db.ts';
import { holdAtApp, holdAtDb, queueCounted, release, resumeApp } from '../../rebuild/hold.ts';
import type { StageKind } from '../../rebuild/types.ts';
import { addressOfHost, type Context, withHost } from '../context.ts';
import { convergeHosts, rolesFor } from '../converging.ts';
import { proveWithVote } from '../proof.ts';
import { siteOf } from '../site.ts';
import { certify } from './certify.ts';
import { restore } from './restore.ts';
import { save } from './save.ts';
import { fingerprintOfCopy, settled } from './sources.ts';
import { note, type RebuildWork } from './work.ts';

type Run = (work: RebuildWork, narrate: (line: string) => void) => Promise<void>;

/** A stage with its name on the screen. Each may be repeated. */
export const stageRuns: Readonly<Record<StageKind, { readonly title: string; readonly run: Run }>> = {
  hold: { title: 'Hold votes', run: hold },
  save: { title: 'Save', run: save },
  replace: { title: 'Replace', run: replace },
  boot: { title: 'Start', run: async ({ target, host }, narrate) => void (await target.boot(host, narrate)) },
  converge: {
    title: 'Converge',
    run: async ({ target: { context }, host, extent }, narrate) => {
      await convergeHosts(context, await rolesFor(context, extent, [host]), narrate);
    },
  },
  settings: { title: 'Settings', run: convergeStores },
  restore: { title: 'Restore', run: restore },
  monitoring: {
    title: 'Monitoring',
    run: async ({ target }, narrate) => void (await target.monitoring?.(narrate)),
  },
  certify: { title: 'Certify', run: certify },
  release: { title: 'Release votes', run: ({ target, host }) => accept(target.context, host) },
  vote: { title: 'A vote', run: prove },
  'final vote': { title: 'A last vote', run: prove },
};

/** Only what the stores read: the rest of db can wait until it serves. */
async function convergeStores({ target: { context }, extent }: RebuildWork, narrate: (line: string) => void) {
  if (extent === 'delivered') return;
  await convergeHosts(context, [{ host: 'db', phases: dbPhases(await siteOf(context, ['db'])) }], narrate);
}

async function prove({ target: { context } }: RebuildWork, narrate: (line: string) => void): Promise<void> {
  await withHost(context, 'db', (db) => queueCounted(db, narrate));
  await proveWithVote(context, narrate);
}

/** The worker finishes first in any case; then the side that stays refuses the other one. */
async function hold(
  { target: { context }, host, journal }: RebuildWork,
  narrate: (line: string) => void,
): Promise<void> {
  const [app, db] = [addressOfHost(context, 'app').address, addressOfHost(context, 'db').address];
  if (host === 'db') return withHost(context, 'app', (session) => holdAtApp(session, db));
  // A host that is to be replaced may not answer, and need not; the new one is held at db alone.
  if (!journal.isDestroying)
    await withHost(context, 'app', (session) => holdAtApp(session, db), 2000).catch((thrown: unknown) => {
      if (!(thrown instanceof SlaError)) throw thrown;
      narrate(`app itself is not held: ${thrown.message}`);
    });
  await withHost(context, 'db', (session) => holdAtDb(session, app));
}

async function accept(context: Context, host: HostName): Promise<void> {
  if (host === 'app') await withHost(context, 'db', release);
  await withHost(context, 'app', async (app) => {
    await release(app);
    if (host === 'db') await resumeApp(app);
  });
}

async function replace(work: RebuildWork, narrate: (line: string) => void): Promise<void> {
  const { replacement } = work.target;
  settleSources(work);
  // Once only: what answers later may be the new one.
  if (!work.journal.isDestroying) await replacement.markOld?.(work.host);
  note(work, { isDestroying: true });
  await replacement.replace(work.host, narrate);
}

/** From where each store comes back, and what it is then compared with. */
export function settleSources(work: RebuildWork): void {
  if (work.host !== 'db') return;
  const sources = settled(work);
  note(work, { sources, fingerprint: fingerprintOfCopy(work.target.context, sources) });
}

/** Takes a hold back when nothing was destroyed; false when the host that has it cannot be asked. */
export async function takeBackHold(context: Context, host: Exclude<HostName, 'docker'>): Promise<boolean> {
  const isReleased = (name: HostName, use: (session: Host) => Promise<unknown>) =>
    withHost(context, name, use).then(
      () => true,
      () => false,
    );
  const atDb = await isReleased('db', release);
  const atApp = await isReleased('app', async (app) => {
    await release(app);
    await resumeApp(app);
  });
  return host === 'db' ? atApp : atDb;
}
