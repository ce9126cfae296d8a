import { postgresDump } from '../../backup/adapters/postgresDump.ts';
import { redisDump } from '../../backup/adapters/redisDump.ts';
import type { StoreBackup } from '../../backup/types.ts';
import { sshCommand } from '../../core/sshClient.ts';
import { knownHostsPath } from '../../core/state.ts';
import { addressOfHost, type Context, withHost } from '../context.ts';

/** How each store is saved and restored, in the order in which they come back. */
export const withBackups = <T>(
  context: Context,
  use: (backups: readonly StoreBackup[]) => Promise<T>,
): Promise<T> =>
  withHost(context, 'db', (db) => {
    const ssh = sshCommand(addressOfHost(context, 'db'), {
      keyFile: context.keyFile,
      knownHostsFile: knownHostsPath(context.state),
    });
    return use([postgresDump(db, ssh), redisDump(db, ssh)]);
  });
