import type { Server as HttpServer } from 'node:http';
import { Server } from 'socket.io';

/** Greets every browser, and serves the client script it needs under /socket.io/. */
export function openLive(server: HttpServer): Server {
  const io = new Server(server);
  io.on('connection', (socket) => {
    socket.emit('message', { text: 'Welcome!' });
    socket.on('subscribe', (data?: { readonly channel?: string }) => {
      if (data?.channel) socket.join(data.channel);
    });
  });
  return io;
}
