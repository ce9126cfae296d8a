import { z } from 'zod';
import { hostNames } from '../core/application.ts';
import { shortName } from '../core/shortName.ts';
import { ipv4NetworkProblem } from './subnet.ts';

const portOfThisMachine = z
  .string()
  .refine(
    (text) => /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535,
    'a port number, 1 to 65535',
  );

const hostSize = (memoryMb: number, diskGb: number) =>
  z
    .strictObject({
      cpus: z.number().min(0.25).default(1).describe('cores the host may use; fractions are allowed'),
      memoryMb: z.int().min(256).default(memoryMb).describe('memory in MiB; there is no swap'),
      diskGb: z.int().min(2).default(diskGb).describe('size of the disk in GiB; it really ends there'),
      publishedPorts: z
        .record(portOfThisMachine, z.int().min(1).max(65535))
        .default({})
        .describe('ports of this machine (127.0.0.1) that lead to the host: port here → port there'),
    })
    .prefault({});

/** The hosts that Terraform creates on this machine. */
export const labConfig = z
  .strictObject({
    name: shortName.default('sla').describe('name of the lab; everything it makes starts with it'),
    subnet: z
      .string()
      .superRefine((value, context) => {
        const problem = ipv4NetworkProblem(value);
        if (problem) context.addIssue({ code: 'custom', message: problem });
      })
      .default('10.77.0.0/24')
      .describe('IPv4 network of the lab; this machine has its first address'),
    substrate: z
      .enum(['container', 'vm'])
      .optional()
      .describe(
        'what the hosts are made of: containers, or virtual machines of libvirt; unset: machines where the processor runs them itself (KVM)',
      ),
    debianMirror: z
      .url()
      .optional()
      .describe('Debian mirror for the images; unset: the one this machine itself uses'),
    hosts: z
      .strictObject({ app: hostSize(1024, 8), db: hostSize(1024, 8), docker: hostSize(1536, 10) })
      .prefault({})
      .describe("size of the client's machines"),
  })
  .prefault({});

export type LabConfig = z.output<typeof labConfig>;

/** Place of each machine in the subnet. */
export const hostNumbers = { app: 11, db: 12, docker: 13, mailbox: 14 } as const;

/** Space the disks of all hosts may grow to, in bytes. */
export const maxDiskBytes = (lab: LabConfig): number =>
  hostNames.reduce((sum, name) => sum + lab.hosts[name].diskGb * 2 ** 30, 0);
