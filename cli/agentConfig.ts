import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { backupConfig } from '../backup/config.ts';
import { SlaError } from '../core/errors.ts';
import { serviceConfig } from '../core/windows.ts';

/** What the agent is told by the role that deploys it, as a file on docker. */
export const agentConfig = z.strictObject({
  format: z.literal(1),
  service: serviceConfig,
  backup: backupConfig,
  dbAddress: z.string(),
  /** Where the CLI finds it, and the user of docker who may come in besides root. */
  socket: z.strictObject({ path: z.string(), owner: z.string() }),
  metricsPort: z.int(),
  ledger: z.string(),
});

export type AgentConfig = z.output<typeof agentConfig>;

/** Error: `config-invalid`. */
export function readAgentConfig(path: string): AgentConfig {
  try {
    return agentConfig.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (thrown) {
    throw new SlaError('config-invalid', `the agent cannot read ${path}`, {
      cause: thrown,
      remedy: 'write it again with "./sla converge docker"',
    });
  }
}
