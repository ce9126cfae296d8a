import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Duplex } from 'node:stream';
import { afterEach, describe, expect, test } from 'vitest';
import { componentOf } from '../core/application.ts';
import type { Host, RemoteResult } from '../core/host.ts';
import { lookAtComponents, pageTrouble, type Sessions, stateOf, unitTrouble } from './look.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** A page on this machine; gives its address. */
async function page(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const answering = (status: number): Promise<string> =>
  page((_, response) => response.writeHead(status).end());

const running = 'ActiveState=active\nSubState=running\nResult=success\n';

interface Fake {
  readonly unit?: Partial<RemoteResult>;
  /** What each port answers; a port without an answer is closed. */
  readonly ports?: Readonly<Record<number, string>>;
}

const fakeHost = (name: Host['name'], { unit = {}, ports = {} }: Fake): Host => ({
  name,
  query: async () => ({ exitCode: 0, stdout: running, stderr: '', ...unit }),
  exec: () => Promise.reject(new Error('nothing is changed by looking')),
  pipe: () => Promise.reject(new Error('nothing is changed by looking')),
  connect: async (port) => {
    const answer = ports[Number(port)];
    if (answer === undefined) throw new Error('(SSH) Channel open failure: Connection refused');
    return new Duplex({
      read: () => undefined,
      write(_chunk, _encoding, done) {
        this.push(answer);
        done();
      },
    });
  },
  close: () => undefined,
});

const healthy: Sessions = {
  app: fakeHost('app', {}),
  db: fakeHost('db', { ports: { 5432: 'R\0\0\0\x08\0\0\0\0', 6379: '+PONG\r\n' } }),
  docker: fakeHost('docker', {}),
};

describe('a look at everything', () => {
  test('finds all up, in dependency order', async () => {
    const url = await answering(200);
    expect(await lookAtComponents(healthy, { vote: url, result: url })).toEqual([
      { name: 'postgres', host: 'db', up: true },
      { name: 'redis', host: 'db', up: true },
      { name: 'worker', host: 'app', up: true },
      { name: 'vote', host: 'app', up: true },
      { name: 'result', host: 'app', up: true },
    ]);
  });

  test('with db gone finds both stores down, and the rest as it is', async () => {
    const url = await answering(200);
    const sessions = { ...healthy, db: new Error('cannot open an ssh session') };
    const found = await lookAtComponents(sessions, { vote: url, result: url });
    expect(found.filter(({ up }) => !up)).toEqual([
      {
        name: 'postgres',
        host: 'db',
        up: false,
        reason: 'its host does not answer',
        affects: ['worker', 'result', 'vote'],
      },
      {
        name: 'redis',
        host: 'db',
        up: false,
        reason: 'its host does not answer',
        affects: ['worker', 'vote', 'result'],
      },
    ]);
  });

  test('names what is wrong with each', async () => {
    const sessions = {
      ...healthy,
      app: fakeHost('app', { unit: { stdout: 'ActiveState=failed\nSubState=failed\nResult=exit-code\n' } }),
      db: fakeHost('db', { ports: { 6379: '-LOADING Redis is loading\r\n' } }),
    };
    const found = await lookAtComponents(sessions, {
      vote: await answering(500),
      result: 'http://127.0.0.1:2',
    });
    expect(found.map(({ reason }) => reason)).toEqual([
      'nothing listens on port 5432',
      'LOADING Redis is loading',
      'the unit is failed (exit-code)',
      'the page answers with 500',
      expect.stringContaining('ECONNREFUSED'),
    ]);
  });
});

test('what nobody depends on affects nothing', () => {
  expect(stateOf(componentOf('vote'), 'the page answers with 500')).toEqual({
    name: 'vote',
    host: 'app',
    up: false,
    reason: 'the page answers with 500',
    affects: [],
  });
});

describe('a unit', () => {
  test.each([
    ['running', running, undefined],
    ['stopped', 'ActiveState=inactive\nSubState=dead\nResult=success\n', 'the unit is inactive (success)'],
    ['killed', 'ActiveState=failed\nSubState=failed\nResult=oom-kill\n', 'the unit is failed (oom-kill)'],
    ['in any order', 'Result=success\nActiveState=active\nSubState=exited', undefined],
  ])('that is %s', async (_, stdout, trouble) => {
    expect(await unitTrouble(fakeHost('app', { unit: { stdout } }), 'worker.service')).toBe(trouble);
  });

  test.each([
    [
      'Failed to connect to bus: No such file or directory\n',
      'Failed to connect to bus: No such file or directory',
    ],
    ['', 'systemctl does not know the unit'],
  ])('that systemctl cannot tell of (%j) has a reason', async (stderr, trouble) => {
    const host = fakeHost('app', { unit: { exitCode: 1, stdout: '', stderr } });
    expect(await unitTrouble(host, 'worker.service')).toBe(trouble);
  });
});

describe('a page', () => {
  test.each([
    [200, undefined],
    [204, 'the page answers with 204'],
    [302, 'the page answers with 302'],
    [404, 'the page answers with 404'],
    [503, 'the page answers with 503'],
  ])('that answers with %i', async (status, trouble) => {
    expect(await pageTrouble(await answering(status))).toBe(trouble);
  });

  test('that closes the connection is named by the cause, and not "fetch failed"', async () => {
    const url = await page((request) => request.socket.destroy());
    await expect(pageTrouble(url)).rejects.toThrow(/socket|closed|reset/i);
  });
});
