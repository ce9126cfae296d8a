import { Redis } from 'ioredis';
import pg from 'pg';
import { backupPorts } from './backupLayout.ts';
import { messageOf, SlaError } from './errors.ts';
import type { RedisCommands, RedisReply } from './fingerprint/adapters/redis.ts';
import type { Sql, SqlRow } from './fingerprint/adapters/sql.ts';
import type { Host } from './host.ts';
import { openTunnel } from './tunnel.ts';

/** What leads to the ports of a host: a session with it, or whoever is let in from outside. */
export type Way = Pick<Host, 'name' | 'connect'>;

/** One session with each store of the application. */
export interface Stores extends AsyncDisposable {
  readonly sql: Sql;
  readonly redis: RedisCommands;
}

// As delivered: the application has them compiled in.
const credentials = { user: 'postgres', password: 'postgres', database: 'postgres' };

/** Where stores listen on their host: a port of its loopback, or the path of a Unix socket. */
export interface StorePlaces {
  readonly postgres: number | string;
  readonly redis: number | string;
}

const ofApplication: StorePlaces = { postgres: 5432, redis: 6379 };

/**
 * Opens both stores through the session of their host. Errors: `port-closed`, naming the store that does not
 * answer.
 */
export const openStores = (host: Way, places: StorePlaces = ofApplication): Promise<Stores> =>
  disposable(async (open) => ({
    sql: await openPostgres(open, host, places.postgres),
    redis: await openRedis(open, host, places.redis),
  }));

/** One session with PostgreSQL of its own. Error: `port-closed`. */
export const openSql = (db: Way): Promise<Sql & AsyncDisposable> =>
  disposable((open) => openPostgres(open, db, ofApplication.postgres));

/** A session with the Redis replica on docker. Error: `port-closed`. */
export const openReplica = (docker: Way): Promise<RedisCommands & AsyncDisposable> =>
  disposable((open) => openRedis(open, docker, backupPorts.replica));

/** What was opened is closed with the result, or at once when not all of it can be. */
async function disposable<T extends object>(
  make: (open: AsyncDisposableStack) => Promise<T>,
): Promise<T & AsyncDisposable> {
  const open = new AsyncDisposableStack();
  try {
    return { ...(await make(open)), [Symbol.asyncDispose]: () => open.disposeAsync() };
  } catch (thrown) {
    await open.disposeAsync();
    throw thrown;
  }
}

async function openPostgres(
  open: AsyncDisposableStack,
  host: Way,
  place: StorePlaces['postgres'],
): Promise<Sql> {
  const tunnel = open.use(await openTunnel(host, place));
  const client = new pg.Client({
    ...credentials,
    host: '127.0.0.1',
    port: tunnel.port,
    connectionTimeoutMillis: 5000,
  });
  // A connection that breaks later rejects the query in flight; the event alone must not end the process.
  client.on('error', () => undefined);
  await client.connect().catch((thrown: unknown) => {
    throw silent('postgres', host, thrown);
  });
  open.defer(() => client.end());
  return { query: async (text) => (await client.query<SqlRow>(text)).rows };
}

async function openRedis(
  open: AsyncDisposableStack,
  host: Way,
  place: StorePlaces['redis'],
): Promise<RedisCommands> {
  const tunnel = open.use(await openTunnel(host, place));
  const client = new Redis({
    host: '127.0.0.1',
    port: tunnel.port,
    lazyConnect: true,
    retryStrategy: () => null,
  });
  client.on('error', () => undefined);
  await client.connect().catch((thrown: unknown) => {
    throw silent('redis', host, thrown);
  });
  open.defer(() => client.disconnect());
  return { send: async (command, ...words) => (await client.callBuffer(command, ...words)) as RedisReply };
}

const silent = (store: string, { name }: Way, cause: unknown): SlaError =>
  new SlaError('port-closed', `${store} on ${name} does not answer`, {
    cause: messageOf(cause),
    remedy: `run "./sla doctor ${name}"; it names the first broken hop`,
  });
