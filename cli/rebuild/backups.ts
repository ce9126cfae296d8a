import { postgresDump } from '../../backup/adapters/postgresDump.ts';
import { redisDump } from '../../backup/adapters/redisDump.ts';
import type { StoreBackup } from '../../backup/types.ts';
import type { Argv } from '../../core/shell.ts';
import { sshCommand } from '../../core/sshClient.ts';
import { knownHostsPath } from '../../core/state.ts';
import { addressOfHost, type Context, withHost } from '../context.ts';

// What this program runs is run as root, as in a session of ours.
const sudo: Argv = ['sudo', '-n'];

/** How each store is saved and restored, in the order in which they come back. */
export const withBackups = <T>(
  context: Context,
  use: (backups: readonly StoreBackup[]) => Promise<T>,
): Promise<T> =>
  withHost(context, 'db', (db) => {
    const address = addressOfHost(context, 'db');
    const files = { keyFile: context.keyFile, knownHostsFile: knownHostsPath(context.state) };
    const ssh = [...sshCommand(address, files), ...(address.user === 'root' ? [] : ['--', ...sudo])];
    return use([postgresDump(db, ssh), redisDump(db, ssh)]);
  });
