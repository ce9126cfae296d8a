import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, chownSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import pg from 'pg';
import { runLocal } from '../../local.ts';
import type { RedisCommands, RedisReply } from '../adapters/redis.ts';
import type { Sql } from '../adapters/sql.ts';

/** A server of our own on loopback, with its data in a folder that goes when it goes. */
export interface ThrowAway extends AsyncDisposable {
  readonly port: number;
  readonly version: string;
}

const serversFolder = '/usr/lib/postgresql';
const redisProgram = '/usr/bin/redis-server';

/** The newest installed PostgreSQL's programs, or undefined. */
export function postgresPrograms(): string | undefined {
  try {
    const versions = readdirSync(serversFolder).sort((left, right) => Number(right) - Number(left));
    return versions.map((version) => join(serversFolder, version, 'bin'))[0];
  } catch {
    return undefined;
  }
}

export function isRedisInstalled(): boolean {
  try {
    accessSync(redisProgram);
    return true;
  } catch {
    return false;
  }
}

/** Superuser `postgres` without a password. PostgreSQL refuses to run as root: then it runs as `postgres`. */
export async function startPostgres(settings: Readonly<Record<string, string>> = {}): Promise<ThrowAway> {
  const programs = postgresPrograms();
  if (!programs) throw new Error(`no PostgreSQL in ${serversFolder}`);
  const folder = await ownFolder();
  const data = join(folder, 'data');
  await run([
    ...asPostgres,
    `${programs}/initdb`,
    '--pgdata',
    data,
    '--username',
    'postgres',
    '--no-sync',
    '--encoding',
    'UTF8',
    '--locale',
    'C.UTF-8',
  ]);
  const port = await freePort();
  const all = {
    port: `${port}`,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: folder,
    fsync: 'off',
    ...settings,
  };
  const server = start([
    ...asPostgres,
    `${programs}/postgres`,
    '-D',
    data,
    ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ]);
  const version = await answers(server, async () => {
    await using client = await connectPostgres(port);
    return (await client.query('SHOW server_version'))[0]?.server_version ?? '';
  });
  return { port, version, [Symbol.asyncDispose]: () => stop(server, 'SIGQUIT', folder) };
}

export async function startRedis(): Promise<ThrowAway> {
  const folder = mkdtempSync(join(tmpdir(), 'sla-redis-'));
  const port = await freePort();
  const server = start([
    redisProgram,
    '--port',
    `${port}`,
    '--bind',
    '127.0.0.1',
    '--dir',
    folder,
    '--save',
    '',
  ]);
  const version = await answers(server, async () => {
    await using redis = await connectRedis(port);
    return /redis_version:(\S+)/.exec(String(await redis.send('INFO', 'server')))?.[1] ?? '';
  });
  return { port, version, [Symbol.asyncDispose]: () => stop(server, 'SIGTERM', folder) };
}

export async function connectPostgres(port: number, database = 'postgres'): Promise<Sql & AsyncDisposable> {
  const client = new pg.Client({ host: '127.0.0.1', port, user: 'postgres', database });
  client.on('error', () => {});
  await client.connect();
  return {
    query: async (text) => (await client.query(text)).rows,
    [Symbol.asyncDispose]: () => client.end(),
  };
}

export async function connectRedis(port: number): Promise<RedisCommands & AsyncDisposable> {
  const redis = new Redis({ host: '127.0.0.1', port, lazyConnect: true, retryStrategy: null });
  redis.on('error', () => {});
  await redis.connect();
  return {
    send: async (command, ...words) => (await redis.callBuffer(command, ...words)) as RedisReply,
    [Symbol.asyncDispose]: async () => redis.disconnect(),
  };
}

const isRoot = process.getuid?.() === 0;
const asPostgres = isRoot ? ['setpriv', '--reuid', 'postgres', '--regid', 'postgres', '--clear-groups'] : [];

async function ownFolder(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'sla-postgres-'));
  if (!isRoot) return folder;
  const [user, group] = await Promise.all(['-u', '-g'].map((what) => run(['id', what, 'postgres'])));
  chownSync(folder, Number(user), Number(group));
  return folder;
}

async function run(argv: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await runLocal(argv, { cwd: tmpdir() });
  if (exitCode !== 0) throw new Error(`${argv.join(' ')}: ${stderr}`);
  return stdout;
}

const start = ([program = '', ...words]: readonly string[]): ChildProcess =>
  spawn(program, words, { stdio: 'ignore', cwd: tmpdir() });

async function answers(server: ChildProcess, ask: () => Promise<string>): Promise<string> {
  for (;;) {
    try {
      return await ask();
    } catch (thrown) {
      if (server.exitCode !== null) throw thrown;
      await sleep(50);
    }
  }
}

async function stop(server: ChildProcess, signal: NodeJS.Signals, folder: string): Promise<void> {
  if (server.exitCode === null && server.signalCode === null) {
    const gone = Promise.withResolvers<void>();
    server.once('exit', () => gone.resolve());
    server.kill(signal);
    await gone.promise;
  }
  rmSync(folder, { recursive: true, force: true });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  const { promise, resolve } = Promise.withResolvers<number>();
  server.once('listening', () => {
    const address = server.address();
    resolve(typeof address === 'object' && address ? address.port : 0);
  });
  const port = await promise;
  const closed = Promise.withResolvers<void>();
  server.close(() => closed.resolve());
  await closed.promise;
  return port;
}
