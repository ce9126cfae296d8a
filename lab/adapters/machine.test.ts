import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import { parseSubnet } from '../subnet.ts';
import { freeBytesAt, insistOnFreePort, machineRoutes } from './machine.ts';

test('a port that a program listens on is refused, a port that was freed is not', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await expect(insistOnFreePort(port)).rejects.toMatchObject({
    code: 'port-taken',
    message: expect.stringContaining(`port ${port} of this machine is in use`),
    remedy: expect.stringContaining('publishedPorts'),
  });
  server.close();
  await once(server, 'close');
  await expect(insistOnFreePort(port)).resolves.toBeUndefined();
});

test('networks of this machine begin with their first address', () => {
  for (const { subnet } of machineRoutes()) {
    const network = parseSubnet(subnet) ?? expect.unreachable(`${subnet} is no network`);
    expect(network.first % network.size).toBe(0);
  }
});

test('free space is known where the folder is, and without limit where it is not on this machine', () => {
  expect(freeBytesAt(tmpdir())).toBeGreaterThan(0);
  expect(freeBytesAt('/no/such/folder')).toBe(Number.POSITIVE_INFINITY);
});
