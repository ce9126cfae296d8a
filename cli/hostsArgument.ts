import { type HostName, hostNames } from '../core/application.ts';
import type { Argument, Given } from '../core/command.ts';

/** `[host...]`: some hosts, or all without any. */
export const hostsArgument: Argument = {
  name: 'host',
  description: 'only these hosts',
  isOptional: true,
  isRepeatable: true,
  choices: hostNames,
};

/** The hosts that a command line names, in their own order; all when it names none. */
export function namedHosts(given: Given): readonly HostName[] {
  const asked = given.arguments.host ?? [];
  return hostNames.filter((name) => asked.length === 0 || asked.includes(name));
}
