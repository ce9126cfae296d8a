import type { Host } from './host.ts';

/** Uses a host that is being opened, and closes it whatever happens. */
export async function withSession<T>(opening: Promise<Host>, use: (host: Host) => Promise<T>): Promise<T> {
  const host = await opening;
  try {
    return await use(host);
  } finally {
    host.close();
  }
}
