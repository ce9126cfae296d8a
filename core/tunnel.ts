import { createServer, type Socket } from 'node:net';
import type { Host } from './host.ts';

export interface Tunnel extends AsyncDisposable {
  /** On 127.0.0.1 of this machine. */
  readonly port: number;
}

/**
 * A port of this machine that leads to a port of a host's own loopback, or to a Unix socket there by its path, for
 * clients that want to dial themselves.
 */
export async function openTunnel(host: Pick<Host, 'connect'>, place: number | string): Promise<Tunnel> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    host.connect(place).then(
      (stream) => {
        stream.on('error', () => socket.destroy());
        stream.on('close', () => socket.destroy());
        socket.on('close', () => stream.destroy());
        socket.pipe(stream).pipe(socket);
      },
      () => socket.destroy(),
    );
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the tunnel has no port');
  return {
    port: address.port,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((done) => void server.close(() => done()));
    },
  };
}
