import { connect } from 'node:net';
import { pgbackrestRepository } from '../backup/adapters/pgbackrest.ts';
import { openReplica, openSql, openStores, type Way } from '../core/stores.ts';
import type { JobTools } from './agentJobs.ts';
import type { CutMeans } from './backup/work.ts';

/** What a cut is taken with, for the agent: docker is this host, and db lets it in on the ports of the stores. */
export async function withAgentWork<T>(
  { config, host }: JobTools,
  signal: AbortSignal,
  use: (work: CutMeans) => Promise<T>,
): Promise<T> {
  const docker = host(signal);
  const db = straightTo(config.dbAddress);
  await using stores = await openStores(db);
  await using sql = await openSql(db);
  await using replica = await openReplica(docker);
  const sessions = { snapshot: stores.sql, sql, redis: stores.redis, replica };
  return await use({ docker, sessions, repository: pgbackrestRepository(docker, sql) });
}

const straightTo = (address: string): Way => ({
  name: 'db',
  connect: (place) => {
    const socket = connect({ host: address, port: Number(place) });
    const { promise, resolve, reject } = Promise.withResolvers<typeof socket>();
    socket.once('connect', () => resolve(socket)).once('error', reject);
    return promise;
  },
});
