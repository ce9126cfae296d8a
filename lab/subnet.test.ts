import { describe, expect, test } from 'vitest';
import { addressAt, ipv4NetworkProblem, overlaps, parseSubnet } from './subnet.ts';

describe('a network', () => {
  test.each([
    ['10.77.0.0/24', 0x0a4d0000, 256],
    ['0.0.0.0/0', 0, 2 ** 32],
    ['255.255.255.255/32', 2 ** 32 - 1, 1],
    ['192.168.1.7/24', 0xc0a80107, 256],
  ])('%s is read as numbers', (text, first, size) => {
    expect(parseSubnet(text)).toEqual({ first, size });
  });

  test.each([
    '',
    '10.77.0.0',
    '10.77.0.0/',
    '10.77.0.0/33',
    '10.77.0/24',
    '10.77..0/24',
    '10.77.0./24',
    '10.77.0.256/24',
    '10.077.0.0/24',
    '10.77.0.0.0/24',
    'fd00::/64',
    '10.77.0.0/24 ',
    'localhost/24',
  ])('"%s" is none', (text) => {
    expect(parseSubnet(text)).toBeUndefined();
  });
});

describe('a network of a lab', () => {
  test.each(['10.77.0.0/24', '172.30.0.0/16', '10.0.0.32/27'])('may be %s', (text) => {
    expect(ipv4NetworkProblem(text)).toBeUndefined();
  });

  test.each([
    ['ten', 'an IPv4 network like 10.77.0.0/24'],
    ['10.77.0.0/28', 'a prefix between /16 and /27'],
    ['10.0.0.0/15', 'a prefix between /16 and /27'],
    ['10.77.0.11/24', 'the first address of the network, such as 10.77.0.0/24'],
  ])('may not be %s: it takes %s', (text, problem) => {
    expect(ipv4NetworkProblem(text)).toBe(problem);
  });
});

describe('an address', () => {
  test.each([
    ['10.77.0.0/24', 11, '10.77.0.11'],
    ['10.77.0.0/24', 0, '10.77.0.0'],
    ['10.77.0.128/25', 14, '10.77.0.142'],
    ['172.30.0.0/16', 300, '172.30.1.44'],
    ['192.168.255.0/24', 255, '192.168.255.255'],
  ])('in %s at %i is %s', (subnet, number, address) => {
    expect(addressAt(subnet, number)).toBe(address);
  });

  test('beyond the network is a bug and not an address of another one', () => {
    expect(() => addressAt('10.77.0.0/24', 256)).toThrow('10.77.0.0/24 has no address 256');
  });
});

test.each([
  ['10.77.0.0/24', '10.77.0.0/24', true],
  ['10.77.0.0/24', '10.0.0.0/8', true],
  ['10.77.0.0/24', '10.77.0.128/25', true],
  ['10.77.0.0/24', '10.77.1.0/24', false],
  ['10.77.0.0/24', '10.76.0.0/16', false],
  ['10.77.0.0/24', '0.0.0.0/0', true],
])('%s and %s overlap: %s', (one, other, isOverlap) => {
  const [first, second] = [parseSubnet(one), parseSubnet(other)];
  if (!first || !second) throw new Error('a case is no network');
  expect(overlaps(first, second)).toBe(isOverlap);
  expect(overlaps(second, first)).toBe(isOverlap);
});
