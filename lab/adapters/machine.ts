import { existsSync, readdirSync, readlinkSync, statfsSync } from 'node:fs';
import { createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { SlaError } from '../../core/errors.ts';
import { runLocal } from '../../core/local.ts';
import { readIfPresent } from '../../core/state.ts';
import type { Route } from '../preflight.ts';
import { parseSubnet } from '../subnet.ts';

/** IPv4 networks this machine is in, Docker's own bridges among them. */
export function machineRoutes(): readonly Route[] {
  return Object.entries(networkInterfaces()).flatMap(([name, addresses = []]) =>
    addresses.flatMap(({ family, internal, cidr }) =>
      family === 'IPv4' && !internal && cidr !== null ? [{ name, subnet: networkOf(cidr) }] : [],
    ),
  );
}

/** Free bytes where the engine keeps its data; where that is not on this machine, no limit is known. */
export const freeBytesAt = (folder: string): number => {
  if (!existsSync(folder)) return Number.POSITIVE_INFINITY;
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
};

/** inotify instances of root that are in use, and how many there may be; as many of another user's processes as show. */
export function inotifyInstances(): { readonly used: number; readonly most: number } {
  const most = Number(readIfPresent('/proc/sys/fs/inotify/max_user_instances') ?? Number.POSITIVE_INFINITY);
  const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return { used: processes.reduce((sum, pid) => sum + inotifyOf(pid), 0), most };
}

/** A process may end, or be somebody else's, while it is looked at. */
function inotifyOf(pid: string): number {
  try {
    const folder = `/proc/${pid}/fd`;
    return readdirSync(folder).filter((name) => linkAt(`${folder}/${name}`) === 'anon_inode:inotify').length;
  } catch {
    return 0;
  }
}

function linkAt(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

/** Throws `port-taken`, naming the process that listens there. */
export async function insistOnFreePort(port: number): Promise<void> {
  const isFree = await new Promise<boolean>((resolve) => {
    const server = createServer();
    // Any other refusal is ours alone: it is the engine that opens the port.
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code !== 'EADDRINUSE'));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
  if (isFree) return;
  const { stdout } = await runLocal(['ss', '-Hltnp', `sport = :${port}`]);
  const owner = /users:\(\("([^"]+)",pid=(\d+)/.exec(stdout);
  throw new SlaError(
    'port-taken',
    `port ${port} of this machine is in use${owner ? ` by ${owner[1]} (process ${owner[2]})` : ''}`,
    {
      remedy: `end that program, or publish another port: lab.hosts.*.publishedPorts in sla.config.ts`,
    },
  );
}

/** `10.77.0.1/24` is in `10.77.0.0/24`. */
function networkOf(cidr: string): string {
  const subnet = parseSubnet(cidr);
  if (!subnet) return cidr;
  const first = subnet.first - (subnet.first % subnet.size);
  const bytes = [first >>> 24, (first >>> 16) & 255, (first >>> 8) & 255, first & 255];
  return `${bytes.join('.')}/${cidr.split('/')[1]}`;
}
