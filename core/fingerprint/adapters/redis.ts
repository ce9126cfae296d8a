import { type Exclusions, isListed } from '../exclusions.ts';
import type { Fact, RedisKey, RedisState } from '../types.ts';
import { fingerprintScript } from './redisScript.ts';

/** Strings come as bytes: keys need not be text. */
export type RedisReply = Buffer | number | null | readonly RedisReply[];

export interface RedisCommands {
  /** Sends one command; an error of the server rejects. */
  send(command: string, ...words: readonly string[]): Promise<RedisReply>;
}

export interface RedisOptions {
  readonly exclusions: Exclusions;
  /** Refuses a larger data set: the server answers nobody while it reads. */
  readonly maxDataBytes?: number;
}

/** Some 700 000 queued votes. After 5 s Redis begins to answer BUSY to everybody else. */
const defaultMaxDataBytes = 32 * 1024 * 1024;

/**
 * All keys of all databases at one instant: one read-only script (EVAL_RO, Redis 7 or later), during which
 * nothing else runs. The queue can neither grow nor shrink between two of its items; the worker may pop right
 * before or after. It is not the instant of PostgreSQL's snapshot: stop the worker, or a vote that travels
 * between the two is in neither or in both. The settings are read apart.
 */
export async function readRedis(
  redis: RedisCommands,
  { exclusions, maxDataBytes = defaultMaxDataBytes }: RedisOptions,
): Promise<RedisState> {
  const memory = textOf(await redis.send('INFO', 'memory'));
  const dataBytes = Number(/^used_memory_dataset:(\d+)/m.exec(memory)?.[1] ?? 0);
  if (dataBytes > maxDataBytes) {
    throw new Error(
      `redis holds ${dataBytes} bytes, more than ${maxDataBytes}: reading would block it too long`,
    );
  }
  const answer = await redis.send('EVAL_RO', fingerprintScript, '0', JSON.stringify(exclusions.items));
  const [head, ...keys] = listOf(answer).map((row) => listOf(row));
  const [seconds, microseconds, offset, version] = (head ?? []).map(textOf);
  return {
    taken: {
      atMs: Number(seconds) * 1000 + Math.floor(Number(microseconds) / 1000),
      version: version ?? '',
      replicationOffset: offset ?? '',
    },
    facts: [...(await readSettings(redis, exclusions)), ...(await readUsers(redis))],
    keys: keys.map(keyOf).sort(byPlace),
  };
}

/** Text as it is, with backslashes doubled; bytes that are not UTF-8 as \xNN, all of them. */
export function keyName(bytes: Buffer): string {
  const text = bytes.toString('utf8');
  if (Buffer.from(text, 'utf8').equals(bytes)) return text.replaceAll('\\', '\\\\');
  return bytes.toHex().replace(/../g, '\\x$&');
}

function keyOf(row: readonly RedisReply[]): RedisKey {
  const [database, key, type, items, content, order, expiry] = row;
  const expiresAtMs = Number(textOf(expiry));
  return {
    database: Number(textOf(database)),
    key: keyName(bytesOf(key)),
    type: textOf(type),
    items: Number(textOf(items)),
    content: textOf(content),
    order: textOf(order),
    expiresAtMs: expiresAtMs < 0 ? null : expiresAtMs,
  };
}

const byPlace = (left: RedisKey, right: RedisKey): number =>
  left.database - right.database || (left.key < right.key ? -1 : left.key > right.key ? 1 : 0);

const secrets = ['requirepass', 'masterauth', 'tls-key-file-pass', 'tls-client-key-file-pass'];

/** Of settings that hold a secret, only whether they are set. */
async function readSettings(redis: RedisCommands, { redisSettings }: Exclusions): Promise<readonly Fact[]> {
  const flat = listOf(await redis.send('CONFIG', 'GET', '*')).map(textOf);
  const facts: Fact[] = [];
  for (let at = 0; at + 1 < flat.length; at += 2) {
    const [name = '', value = ''] = flat.slice(at, at + 2);
    if (isListed(name, redisSettings)) continue;
    const shown = secrets.includes(name) && value !== '' ? '[secret]' : value;
    facts.push({ kind: 'redis setting', name, value: shown });
  }
  return facts.sort((left, right) => (left.name < right.name ? -1 : 1));
}

/** Redis keeps passwords as a bare SHA-256, which can be guessed: their number is told, nothing else. */
async function readUsers(redis: RedisCommands): Promise<readonly Fact[]> {
  return listOf(await redis.send('ACL', 'LIST')).map((line) => {
    const [, name = '', ...rules] = textOf(line).split(' ');
    const value = rules.map((rule) => (rule.startsWith('#') ? '#[secret]' : rule)).join(' ');
    return { kind: 'redis user' as const, name, value };
  });
}

const listOf = (reply: RedisReply | undefined): readonly RedisReply[] => {
  if (!Array.isArray(reply)) throw new Error('redis answered with something else than a list');
  return reply;
};

const bytesOf = (reply: RedisReply | undefined): Buffer => {
  if (!Buffer.isBuffer(reply)) throw new Error('redis answered with something else than a string');
  return reply;
};

const textOf = (reply: RedisReply | undefined): string => bytesOf(reply).toString('utf8');
