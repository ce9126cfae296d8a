import { pgbackrestRepository } from '../../backup/adapters/pgbackrest.ts';
import type { CutSessions } from '../../backup/pause.ts';
import type { Repository } from '../../backup/types.ts';
import type { Host } from '../../core/host.ts';
import { openReplica, openSql, openStores } from '../../core/stores.ts';
import { type Context, withHost } from '../context.ts';

/** Everything that a backup or a cut is made with. */
export interface BackupWork extends CutMeans {
  readonly db: Host;
}

/** What of it a cut is taken with. */
export interface CutMeans {
  readonly docker: Host;
  readonly sessions: CutSessions;
  readonly repository: Repository;
}

/** Opens both hosts and a session with each store. Errors: `host-unreachable`, `port-closed`. */
export const withBackupWork = <T>(context: Context, use: (work: BackupWork) => Promise<T>): Promise<T> =>
  withHost(context, 'db', (db) =>
    withHost(context, 'docker', async (docker) => {
      await using stores = await openStores(db);
      await using sql = await openSql(db);
      await using replica = await openReplica(docker);
      const sessions = { snapshot: stores.sql, sql, redis: stores.redis, replica };
      return await use({ db, docker, sessions, repository: pgbackrestRepository(docker, sql) });
    }),
  );
