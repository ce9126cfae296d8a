import { pairAt } from '../pairs.ts';
import { hidden, looksRandom, withoutPasswords, withoutSecret } from './secrets.ts';
import type { Items, PropertyItems } from './types.ts';
import { listText, logText, publishText } from './values.ts';

/** What is read of `docker container inspect`. */
interface Inspected {
  readonly Name: string;
  readonly Image: string;
  readonly State: { readonly Running: boolean };
  readonly Config: {
    readonly Image: string;
    readonly User: string;
    readonly Env: readonly string[] | null;
    readonly Cmd: readonly string[] | null;
    readonly Entrypoint: readonly string[] | null;
    readonly Labels: Readonly<Record<string, string>> | null;
  };
  readonly HostConfig: {
    readonly Memory: number;
    readonly NanoCpus: number;
    readonly Privileged: boolean;
    readonly NetworkMode: string;
    readonly Binds: readonly string[] | null;
    readonly ExtraHosts: readonly string[] | null;
    readonly CapAdd: readonly string[] | null;
    readonly RestartPolicy: { readonly Name: string };
    readonly LogConfig: { readonly Type: string; readonly Config: Readonly<Record<string, string>> | null };
    readonly PortBindings: Readonly<
      Record<string, readonly { readonly HostIp?: string; readonly HostPort?: string }[]>
    > | null;
  };
}

/** Containers with their configuration, from lines of `docker container inspect --format '{{json .}}'`. */
export const containersFrom = (output: string): PropertyItems =>
  Object.fromEntries(
    output
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Inspected)
      .map((inspected) => [inspected.Name.slice(1), propertiesOf(inspected)]),
  );

function propertiesOf({ Image, State, Config, HostConfig }: Inspected): Items {
  const command = [...(Config.Entrypoint ?? []), ...(Config.Cmd ?? [])].join(' ');
  const entries: readonly (readonly [string, string])[] = [
    ['image', Config.Image],
    ['image id', Image],
    ['runs', State.Running ? 'yes' : 'no'],
    ['command', withoutPasswords(command)],
    ['user', Config.User],
    ['ports', portsText(HostConfig.PortBindings ?? {})],
    ['binds', listText(HostConfig.Binds)],
    ['names', listText(HostConfig.ExtraHosts)],
    ['network', HostConfig.NetworkMode],
    ['restart', HostConfig.RestartPolicy.Name || 'no'],
    ['memory', String(HostConfig.Memory)],
    ['cpus', String(HostConfig.NanoCpus / 1e9)],
    ['log', logText(HostConfig.LogConfig.Type, HostConfig.LogConfig.Config ?? {})],
    ['privileged', HostConfig.Privileged ? 'yes' : ''],
    ['capabilities', listText(HostConfig.CapAdd)],
    ...Object.entries(Config.Labels ?? {}).map(
      ([name, value]) => [`label ${name}`, withoutSecret(name, value)] as const,
    ),
    ...(Config.Env ?? []).map(environmentItem),
  ];
  return Object.fromEntries(entries.filter(([, value]) => value !== ''));
}

function environmentItem(line: string): readonly [string, string] {
  if (!line.includes('=')) return [`env ${line}`, 'set'];
  const [name, value] = pairAt(line, '=');
  return [`env ${name}`, looksRandom(value) ? hidden(value) : withoutSecret(name, value)];
}

/** `127.0.0.1:18080 to 80/tcp`, several between commas. */
const portsText = (bindings: NonNullable<Inspected['HostConfig']['PortBindings']>): string =>
  Object.entries(bindings)
    .flatMap(([inside, outside]) =>
      outside.map(({ HostIp = '', HostPort = '' }) => publishText(HostIp, HostPort, inside)),
    )
    .toSorted()
    .join(', ');
