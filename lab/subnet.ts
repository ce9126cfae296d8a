/** An IPv4 network as numbers: first address and count. */
export interface Subnet {
  readonly first: number;
  readonly size: number;
}

/** What is wrong with a subnet as text, or undefined. */
export function ipv4NetworkProblem(text: string): string | undefined {
  const subnet = parseSubnet(text);
  if (!subnet) return 'an IPv4 network like 10.77.0.0/24';
  if (subnet.size < 32 || subnet.size > 65536) return 'a prefix between /16 and /27';
  return subnet.first % subnet.size === 0
    ? undefined
    : 'the first address of the network, such as 10.77.0.0/24';
}

export function parseSubnet(text: string): Subnet | undefined {
  const [, address = '', prefix = ''] = /^([\d.]+)\/(\d{1,2})$/.exec(text) ?? [];
  const first = parseAddress(address);
  if (first === undefined || prefix === '' || Number(prefix) > 32) return undefined;
  return { first, size: 2 ** (32 - Number(prefix)) };
}

/** The address at `number` of a subnet: `10.77.0.0/24` and 11 give `10.77.0.11`. */
export function addressAt(text: string, number: number): string {
  const subnet = parseSubnet(text);
  if (!subnet || number >= subnet.size) throw new RangeError(`${text} has no address ${number}`);
  const value = subnet.first + number;
  return [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255].join('.');
}

export const overlaps = (one: Subnet, other: Subnet): boolean =>
  one.first < other.first + other.size && other.first < one.first + one.size;

function parseAddress(text: string): number | undefined {
  const bytes = text.split('.');
  if (bytes.length !== 4 || !bytes.every((byte) => /^(?:0|[1-9]\d{0,2})$/.test(byte) && Number(byte) < 256))
    return undefined;
  return bytes.map(Number).reduce((value, byte) => value * 256 + byte, 0);
}
