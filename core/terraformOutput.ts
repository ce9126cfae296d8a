import { z } from 'zod';
import { SlaError } from './errors.ts';

export interface ChangeCounts {
  readonly add: number;
  readonly change: number;
  readonly remove: number;
}

/** What was done, and in which of the two roots of a lab. */
export interface Attempt {
  readonly lab: string;
  readonly root: 'lab' | 'stack';
  readonly verb: string;
}

const terraformEvent = z.looseObject({
  type: z.string(),
  '@message': z.string(),
  changes: z.object({ add: z.number(), change: z.number(), remove: z.number() }).optional(),
  diagnostic: z
    .object({ severity: z.string(), summary: z.string(), detail: z.string().default('') })
    .optional(),
});
export type TerraformEvent = z.output<typeof terraformEvent>;

export function parseEvent(line: string): TerraformEvent | undefined {
  try {
    const parsed = terraformEvent.safeParse(JSON.parse(line));
    return parsed.success ? parsed.data : undefined;
  } catch {
    // A crash, and what a provider prints, are plain text.
    return undefined;
  }
}

/** `module.host["db"].docker_container.host created`, of Terraform's own words with ids and all. */
export function doneMessage(message: string): string | undefined {
  const [, address, verb = ''] =
    /^(\S+): (Creation|Destruction|Modifications) complete after/.exec(message) ?? [];
  const done = { Creation: 'created', Destruction: 'removed', Modifications: 'changed' }[verb];
  return address === undefined || done === undefined ? undefined : `${address} ${done}`;
}

export function countsOf(events: readonly TerraformEvent[]): ChangeCounts {
  const summary = events.findLast((event) => event.type === 'change_summary');
  return summary?.changes ?? { add: 0, change: 0, remove: 0 };
}

export const diagnosticsOf = (events: readonly TerraformEvent[]): string =>
  events
    .flatMap(({ diagnostic }) =>
      diagnostic?.severity === 'error' ? [`${diagnostic.summary}\n${diagnostic.detail}`] : [],
    )
    .join('\n');

/** What an attempt failed with, from its diagnostics or whatever it printed. */
export function failure(attempt: Attempt, output: string): SlaError {
  const what = `terraform ${attempt.verb} of terraform/${attempt.root} for lab ${attempt.lab}`;
  if (output.includes('Error acquiring the state lock')) {
    return new SlaError('terraform-locked', `${what} finds its state locked`, { cause: output.trim() });
  }
  const port = takenPort(output);
  if (port !== undefined) return portTaken(attempt, port, output);
  return new SlaError('terraform-failed', `${what} failed`, {
    cause: output.trim(),
    remedy: `mend what the cause names and run the same command again: it goes on from where it stopped`,
  });
}

/** The port that an engine could not publish, as it says it with and without its proxy. */
const takenPort = (output: string): string | undefined =>
  /:(\d+)(?:: bind: address already in use| failed: port is already allocated)/.exec(output)?.[1];

function portTaken({ lab, root }: Attempt, port: string, output: string): SlaError {
  const place = root === 'lab' ? 'this machine' : `the docker host of lab ${lab}`;
  const look = `ss -ltnp sport = :${port}`;
  return new SlaError('port-taken', `port ${port} of ${place} is in use`, {
    cause: output.trim(),
    remedy:
      root === 'lab'
        ? `see who listens there with "${look}" and end it, or publish another port: lab.hosts.*.publishedPorts in sla.config.ts`
        : `see who listens there with "./sla ssh docker ${look}" and end it, or set another port for the monitoring in sla.config.ts`,
  });
}
