import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { localHost } from './localHost.ts';

const host = localHost('docker');

test('words reach a program as they are', async () => {
  const words = ["it's", '$HOME', 'a b', ''];
  const { stdout } = await host.exec(['printf', '%s|', ...words]);
  expect(stdout).toBe("it's|$HOME|a b||");
});

test('input may be a text or a stream, or stay unread', async () => {
  expect((await host.exec(['cat'], 'text')).stdout).toBe('text');
  expect((await host.exec(['cat'], Readable.from(['stre', 'am']))).stdout).toBe('stream');
  expect((await host.query(['true'], 'x'.repeat(1_000_000))).exitCode).toBe(0);
});

test('a failure is a result of query and an error of exec', async () => {
  const failing = ['sh', '-c', 'echo no >&2; exit 3'];
  expect(await host.query(failing)).toEqual({ exitCode: 3, stdout: '', stderr: 'no\n' });
  await expect(host.exec(failing)).rejects.toMatchObject({ code: 'remote-command-failed', cause: 'no' });
});

test('a program that is not there is a failure like any other', async () => {
  expect(await host.query(['sla-nothing'])).toMatchObject({
    exitCode: 127,
    stderr: expect.stringContaining('sla-nothing'),
  });
});

test('a program ends with the signal', async () => {
  const controller = new AbortController();
  const running = localHost('docker', controller.signal).query(['sleep', '600']);
  controller.abort(new Error('over'));
  await expect(running).rejects.toThrow('over');
  await expect(localHost('docker', controller.signal).query(['true'])).rejects.toThrow('over');
});

test('a Unix socket is reached by its path', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sla-socket-'));
  const server = createServer((socket) => socket.end('hello')).listen(join(folder, 's'));
  await once(server, 'listening');
  const stream = await host.connect(join(folder, 's'));
  const [chunk] = await once(stream, 'data');
  expect(String(chunk)).toBe('hello');
  await expect(host.connect(join(folder, 'none'))).rejects.toThrow();
  server.close();
  rmSync(folder, { recursive: true });
});
