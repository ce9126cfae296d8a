import { Redis } from 'ioredis';
import pg from 'pg';
import { backupPorts } from './backupLayout.ts';
import { messageOf, SlaError } from './errors.ts';
import type { RedisCommands, RedisReply } from './fingerprint/adapters/redis.ts';
import type { Sql, SqlRow } from './fingerprint/adapters/sql.ts';
import type { Host } from './host.ts';
import { openTunnel } from './tunnel.ts';

/** One session with each store of the application. */
export interface Stores extends AsyncDisposable {
  readonly sql: Sql;
  readonly redis: RedisCommands;
}

// As delivered: the application has them compiled in.
const credentials = { user: 'postgres', password: 'postgres', database: 'postgres' };

/** Opens both stores through the session of db. Errors: `port-closed`, naming the store that does not answer. */
export async function openStores(db: Host): Promise<Stores> {
  const open = new AsyncDisposableStack();
  try {
    const sql = await openPostgres(open, db);
    const redis = await openRedis(open, db);
    return { sql, redis, [Symbol.asyncDispose]: () => open.disposeAsync() };
  } catch (thrown) {
    await open.disposeAsync();
    throw thrown;
  }
}

/** One session with PostgreSQL of its own. Error: `port-closed`. */
export async function openSql(db: Host): Promise<Sql & AsyncDisposable> {
  const open = new AsyncDisposableStack();
  const sql = await openPostgres(open, db).catch(async (thrown: unknown) => {
    await open.disposeAsync();
    throw thrown;
  });
  return { ...sql, [Symbol.asyncDispose]: () => open.disposeAsync() };
}

/** A session with the Redis replica on docker. Error: `port-closed`. */
export async function openReplica(docker: Host): Promise<RedisCommands & AsyncDisposable> {
  const open = new AsyncDisposableStack();
  const redis = await openRedis(open, docker, backupPorts.replica).catch(async (thrown: unknown) => {
    await open.disposeAsync();
    throw thrown;
  });
  return { ...redis, [Symbol.asyncDispose]: () => open.disposeAsync() };
}

async function openPostgres(open: AsyncDisposableStack, db: Host): Promise<Sql> {
  const tunnel = open.use(await openTunnel(db, 5432));
  const client = new pg.Client({
    ...credentials,
    host: '127.0.0.1',
    port: tunnel.port,
    connectionTimeoutMillis: 5000,
  });
  // A connection that breaks later rejects the query in flight; the event alone must not end the process.
  client.on('error', () => undefined);
  await client.connect().catch((thrown: unknown) => {
    throw silent('postgres', thrown);
  });
  open.defer(() => client.end());
  return { query: async (text) => (await client.query<SqlRow>(text)).rows };
}

async function openRedis(open: AsyncDisposableStack, host: Host, port = 6379): Promise<RedisCommands> {
  const tunnel = open.use(await openTunnel(host, port));
  const client = new Redis({
    host: '127.0.0.1',
    port: tunnel.port,
    lazyConnect: true,
    retryStrategy: () => null,
  });
  client.on('error', () => undefined);
  await client.connect().catch((thrown: unknown) => {
    throw silent('redis', thrown, host);
  });
  open.defer(() => client.disconnect());
  return { send: async (command, ...words) => (await client.callBuffer(command, ...words)) as RedisReply };
}

const silent = (store: string, cause: unknown, { name }: Pick<Host, 'name'> = { name: 'db' }): SlaError =>
  new SlaError('port-closed', `${store} on ${name} does not answer`, {
    cause: messageOf(cause),
    remedy: `run "./sla doctor ${name}"; it names the first broken hop`,
  });
