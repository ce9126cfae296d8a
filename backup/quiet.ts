import type { RedisCommands } from '../core/fingerprint/adapters/redis.ts';

/** How long writes of Redis may be held at a time, in milliseconds: votes wait so long, and nothing is refused. */
export const maxPauseMs = 300;

/** One connection as CLIENT LIST shows it. */
export interface RedisClient {
  readonly id: string;
  readonly address: string;
  readonly name: string;
  /** As Redis writes them: `b` waits for something, `S` is a replica, `P` listens to channels. */
  readonly flags: string;
  /** Its last command, without the subcommand: `lpop`. */
  readonly command: string;
}

export const parseClients = (list: string): readonly RedisClient[] =>
  list.split('\n').flatMap((line) => {
    const fields = new Map(
      line
        .trim()
        .split(' ')
        .map((field) => [field.slice(0, field.indexOf('=')), field.slice(field.indexOf('=') + 1)]),
    );
    const of = (name: string): string => fields.get(name) ?? '';
    if (!fields.has('id')) return [];
    const command = of('cmd').split('|')[0]?.toLowerCase() ?? '';
    return [{ id: of('id'), address: of('addr'), name: of('name'), flags: of('flags'), command }];
  });

/** What takes votes off the list, and what puts away those that were taken. */
const taking: ReadonlySet<string> = new Set([
  ...['lpop', 'rpop', 'lmpop', 'lmove', 'rpoplpush', 'blpop', 'brpop', 'blmpop', 'blmove', 'brpoplpush'],
  ...['lrange', 'lrem', 'ltrim', 'multi', 'exec'],
]);

/**
 * Connections that may have a vote in hand while writes are paused. One that waits has none: its pop is held back,
 * or finds nothing; and a vote that was set aside (BLMOVE) and is to be put away is in Redis as well.
 */
export const busyWorkers = (clients: readonly RedisClient[]): readonly RedisClient[] =>
  clients.filter(({ flags, command }) => taking.has(command) && !flags.includes('b'));

/** As `busyWorkers`, of the connections that there are. */
export const busyNow = async (redis: RedisCommands): Promise<readonly RedisClient[]> =>
  busyWorkers(parseClients(String(await redis.send('CLIENT', 'LIST', 'TYPE', 'normal'))));
