import { Duplex, PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { firstAnswer, postgresStartup, postgresTrouble, redisTrouble } from './wire.ts';

/** The other end of a connection, which does what `hear` does with each request. */
const peer = (hear: (request: Buffer, stream: Duplex) => void): Duplex =>
  new Duplex({
    read: () => undefined,
    write(chunk: Buffer, _encoding, done) {
      hear(chunk, this);
      done();
    },
  });

describe('the first answer', () => {
  test('is what comes back for the request, and the connection is closed', async () => {
    const stream = peer((request, self) => self.push(`heard ${request}`));
    expect(String(await firstAnswer(stream, Buffer.from('PING'), 1000))).toBe('heard PING');
    expect(stream.destroyed).toBe(true);
  });

  test('that never comes is an error after the given time, and the connection is closed', async () => {
    const stream = peer(() => undefined);
    await expect(firstAnswer(stream, Buffer.from('PING'), 5)).rejects.toThrow('no answer within 5 ms');
    expect(stream.destroyed).toBe(true);
  });

  test('that is a closed connection says so', async () => {
    const stream = peer((_, self) => self.destroy());
    await expect(firstAnswer(stream, Buffer.from('PING'), 1000)).rejects.toThrow('closed without an answer');
  });

  test('that is an error of the connection is that error', async () => {
    const stream = peer((_, self) => self.destroy(new Error('ECONNRESET')));
    await expect(firstAnswer(stream, Buffer.from('PING'), 1000)).rejects.toThrow('ECONNRESET');
  });

  test('of an echo is the request itself', async () => {
    const request = Buffer.from([0, 255, 10]);
    expect(await firstAnswer(new PassThrough(), request, 1000)).toEqual(request);
  });
});

test('a start-up message has its length, protocol 3.0, and user and database ended by NUL', () => {
  expect(postgresStartup('me', 'db').toString('latin1')).toBe(
    '\0\0\0\x1d\0\x03\0\0user\0me\0database\0db\0\0',
  );
});

/** An ErrorResponse, as PostgreSQL sends it: its length, then fields that each begin with a letter. */
function refusal(code: string, message: string): Buffer {
  const fields = Buffer.from(`SFATAL\0VFATAL\0C${code}\0M${message}\0Fpostmaster.c\0\0`);
  const head = Buffer.from('E\0\0\0\0');
  head.writeInt32BE(4 + fields.length, 1);
  return Buffer.concat([head, fields]);
}

test.each([
  ['a demand for a password is an answer', Buffer.from('R\0\0\0\x0c\0\0\0\x05salt'), undefined],
  ['an unknown user is an answer', refusal('28000', 'role "sla_probe" does not exist'), undefined],
  [
    'starting is down',
    refusal('57P03', 'the database system is starting up'),
    'the database system is starting up',
  ],
  [
    'stopping is down',
    refusal('57P03', 'the database system is shutting down'),
    'the database system is shutting down',
  ],
  [
    'another server is down',
    Buffer.from('HTTP/1.1 400 Bad Request'),
    'something else than PostgreSQL answers',
  ],
  ['silence is down', Buffer.alloc(0), 'something else than PostgreSQL answers'],
])('PostgreSQL: %s', (_, answer, trouble) => {
  expect(postgresTrouble(answer)).toBe(trouble);
});

test.each([
  ['PONG is up', '+PONG\r\n', undefined],
  ['a demand for a password is an answer', '-NOAUTH Authentication required.\r\n', undefined],
  [
    'loading is down',
    '-LOADING Redis is loading the dataset in memory\r\n',
    'LOADING Redis is loading the dataset in memory',
  ],
  [
    'protected mode is down',
    '-DENIED Redis is running in protected mode\r\nmore',
    'DENIED Redis is running in protected mode',
  ],
  ['another server is down', 'HTTP/1.1 400 Bad Request\r\n', 'HTTP/1.1 400 Bad Request'],
  ['a line without text is down', '\r\n', ''],
])('Redis: %s', (_, answer, trouble) => {
  expect(redisTrouble(Buffer.from(answer))).toBe(trouble);
});
