import type { Duplex } from 'node:stream';

/** Sends `request` and gives the first bytes of the answer. Rejects when none comes within `timeoutMs`. */
export async function firstAnswer(stream: Duplex, request: Buffer, timeoutMs: number): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
  stream.once('data', resolve);
  stream.once('error', reject);
  stream.once('close', () => reject(new Error('the connection was closed without an answer')));
  stream.write(request);
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    stream.destroy();
  }
}

/**
 * A PostgreSQL start-up message of protocol 3.0. A server that takes connections asks for a password (`R`) or
 * refuses the user (`E`), without an entry in its log worth reading.
 * Source: PostgreSQL documentation, "Message Formats", StartupMessage.
 */
export function postgresStartup(user: string, database: string): Buffer {
  const parameters = Buffer.from(`user\0${user}\0database\0${database}\0\0`);
  const head = Buffer.alloc(8);
  head.writeInt32BE(8 + parameters.length, 0);
  head.writeInt32BE(3 << 16, 4);
  return Buffer.concat([head, parameters]);
}

/** Why a PostgreSQL answer means "down", or undefined. `57P03` is "cannot connect now": starting or stopping. */
export function postgresTrouble(answer: Buffer): string | undefined {
  const text = answer.toString('latin1');
  if (text.startsWith('R')) return undefined;
  if (!text.startsWith('E')) return 'something else than PostgreSQL answers';
  const fields = Object.fromEntries(
    text
      .slice(5)
      .split('\0')
      .map((field) => [field.slice(0, 1), field.slice(1)]),
  );
  return fields.C === '57P03' ? fields.M : undefined;
}

/** Why a Redis answer to PING means "down", or undefined. A demand for a password is an answer. */
export function redisTrouble(answer: Buffer): string | undefined {
  const line = answer.toString('latin1').split('\r\n')[0] ?? '';
  return line === '+PONG' || line.startsWith('-NOAUTH') ? undefined : line.replace(/^-/, '');
}
