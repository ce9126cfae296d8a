import { z } from 'zod';

/** What runs on the docker host. */
export const stackConfig = z
  .strictObject({
    images: z
      .enum(['auto', 'hub', 'local'])
      .default('auto')
      .describe(
        'hub: upstream images by pinned tag; local: built from Debian packages; auto: hub where it answers',
      ),
    scrapeIntervalMs: z.int().min(1000).max(60_000).default(5000).describe('how often Prometheus asks'),
    retentionDays: z.int().min(1).max(365).default(15).describe('how long Prometheus keeps what it heard'),
    prometheusPort: z
      .int()
      .min(1024)
      .max(65535)
      .default(9090)
      .describe('port of Prometheus on the docker host'),
  })
  .prefault({});

export type StackConfig = z.output<typeof stackConfig>;
