import { z } from 'zod';
import { labConfig } from '../lab/config.ts';
import { stackConfig } from '../monitor/config.ts';
import { provisionConfig } from '../provision/config.ts';

/** Everything a team may set. */
export const slaConfig = z.strictObject({
  target: z.literal('lab').default('lab').describe('lab: three hosts that Terraform creates on this machine'),
  lab: labConfig,
  stack: stackConfig,
  provision: provisionConfig,
});

export type SlaConfig = z.output<typeof slaConfig>;

/** Gives an editor the names and types of all settings. */
export const defineConfig = (config: z.input<typeof slaConfig>): z.input<typeof slaConfig> => config;
