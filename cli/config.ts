import { z } from 'zod';
import { backupConfig } from '../backup/config.ts';
import { serviceConfig } from '../core/windows.ts';
import { labConfig } from '../lab/config.ts';
import { stackConfig } from '../monitor/config.ts';
import { adoptedConfig } from '../provision/adoption/config.ts';
import { provisionConfig } from '../provision/config.ts';

/** Everything a team may set. */
export const slaConfig = z
  .strictObject({
    target: z
      .enum(['lab', 'adopted'])
      .default('lab')
      .describe('lab: three hosts that Terraform creates on this machine; adopted: three that exist'),
    lab: labConfig,
    adopted: adoptedConfig,
    stack: stackConfig,
    provision: provisionConfig,
    backup: backupConfig,
    service: serviceConfig,
  })
  .refine(({ target, adopted }) => target === 'lab' || adopted !== undefined, {
    path: ['adopted'],
    message: 'the target adopted needs adopted.hosts: address and user of app, db and docker',
  });

export type SlaConfig = z.output<typeof slaConfig>;

/** Gives an editor the names and types of all settings. */
export const defineConfig = (config: z.input<typeof slaConfig>): z.input<typeof slaConfig> => config;
