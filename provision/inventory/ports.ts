import type { Items } from './types.ts';

/** Program by `PROTOCOL ADDRESS:PORT`, from the range of the kernel's own ports and `ss -Hltunp`. */
export function portsFrom(output: string): Items {
  const [range = '', ...lines] = output.split('\n');
  const [first = 32_768, last = 60_999] = range.split(/\s+/).map(Number);
  return Object.fromEntries(
    lines.flatMap((line) => {
      const found = socketFrom(line);
      if (!found || isChosenByKernel(found, first, last)) return [];
      return [[`${found.protocol} ${found.place}`, found.program] as const];
    }),
  );
}

/** Process ids of what listens, by the same names as `portsFrom`. */
export const pidsFrom = (output: string): ReadonlyMap<string, string> =>
  new Map(
    output.split('\n').flatMap((line) => {
      const found = socketFrom(line);
      return found?.pid === undefined ? [] : [[`${found.protocol} ${found.place}`, found.pid] as const];
    }),
  );

interface Socket {
  readonly protocol: string;
  readonly place: string;
  readonly port: number;
  readonly program: string;
  readonly pid: string | undefined;
}

function socketFrom(line: string): Socket | undefined {
  const [protocol = '', , , , local = '', , users = ''] = line.split(/\s+/);
  if (protocol !== 'tcp' && protocol !== 'udp') return undefined;
  const [, program = 'a container', pid] = /\(\("([^"]+)",pid=(\d+)/.exec(users) ?? [];
  // `*` is both: what ss calls a socket for IPv6 that takes IPv4 too.
  const place = local.replace(/%\w+(?=:)/, '');
  return { protocol, place, port: Number(place.slice(place.lastIndexOf(':') + 1)), program, pid };
}

/** Another one after every start: of clients, and of servers that only their own machine knows. */
const isChosenByKernel = ({ protocol, place, port }: Socket, first: number, last: number): boolean =>
  port >= first && port <= last && (protocol === 'udp' || /^(127\.|\[::1\])/.test(place));
