import { z } from 'zod';

export const improvements = ['worker', 'result'] as const;
export type Improvement = (typeof improvements)[number];

/** What the suite puts on the delivered hosts. */
export const provisionConfig = z
  .strictObject({
    proxy: z
      .enum(['haproxy', 'none'])
      .default('haproxy')
      .describe(
        'haproxy: HAProxy holds ports 8080, 8081 and 443 of app; none: the containers hold 8080 and 8081',
      ),
    requestsPerSecond: z
      .int()
      .min(1)
      .max(10_000)
      .default(40)
      .describe('requests a second that one source may make, as a mean over 3 s; more are answered with 429'),
    connectionsPerSource: z
      .int()
      .min(1)
      .max(10_000)
      .default(100)
      .describe('connections that one source may have open at the same time'),
    monitors: z
      .array(z.union([z.ipv4(), z.cidrv4()]))
      .default([])
      .describe('sources without these limits, beside the operator and the docker host'),
    operators: z
      .array(z.union([z.ipv4(), z.cidrv4()]))
      .default([])
      .describe('addresses that may reach SSH and the consoles, beside this machine and the docker host'),
    improved: z
      .array(z.enum(improvements))
      .default([])
      .describe('programs of the application that run in our corrected version: worker, result'),
    upgradesAt: z
      .string()
      .default('Wed..Sun *-*-* 02:00:00 UTC')
      .describe(
        'when security updates are installed, as systemd.time(7) writes it; outside the service windows',
      ),
    ballastMb: z
      .int()
      .min(0)
      .max(10_240)
      .default(64)
      .describe('size in MiB of a file that is deleted first when a disk is full'),
  })
  .prefault({});

export type ProvisionConfig = z.output<typeof provisionConfig>;
