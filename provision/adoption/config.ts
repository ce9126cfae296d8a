import { z } from 'zod';
import { type HostName, hostNames } from '../../core/application.ts';
import type { HostAddress } from '../../core/host.ts';
import { shortName } from '../../core/shortName.ts';

const place = z
  .strictObject({
    address: z.ipv4().describe('IPv4 address of the host'),
    user: z
      .string()
      .regex(/^[a-z_][a-z0-9_.-]*$/, 'the name of a user')
      .default('root')
      .describe('who logs in; one that is not root needs sudo without a password'),
    port: z.int().min(1).max(65_535).default(22).describe('port of SSH'),
  })
  .describe('where a host is');

/** Hosts that exist already. */
export const adoptedConfig = z
  .strictObject({
    name: shortName
      .default('client')
      .describe('name of the adopted hosts; what is kept of them is kept under it'),
    key: z
      .string()
      .optional()
      .describe('private key that logs in, from the checkout or from ~; unset: one that "./sla adopt" makes'),
    hosts: z.strictObject({ app: place, db: place, docker: place }).describe('the three hosts'),
  })
  .optional()
  .describe('hosts that exist already, for the target adopted');

export type AdoptedConfig = NonNullable<z.output<typeof adoptedConfig>>;

export const adoptedHosts = ({ hosts }: AdoptedConfig): readonly HostAddress[] =>
  hostNames.map((name: HostName) => {
    const { address, user, port } = hosts[name];
    return { name, address, user, sshPort: port };
  });
