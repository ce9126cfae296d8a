import type { Argv } from '../../core/shell.ts';
import { declaredContainer } from '../declarations.ts';
import { listText, logText, publishText } from '../inventory/values.ts';
import type { Change, Facts, Step } from '../types.ts';

export interface ContainerSpec {
  readonly name: string;
  readonly image: string;
  /** `ADDRESS:PORT` or `PORT` of the host that leads to port 80 inside. */
  readonly publish: string;
  readonly memoryMb: number;
  /** `NAME:ADDRESS`. */
  readonly knownHosts: readonly string[];
  /** `PATH:PATH:ro`. */
  readonly binds: readonly string[];
  /** Says what else the container was made of; another value means another container. */
  readonly madeOf: string;
  readonly why: string;
}

const madeOfLabel = 'sla.made-of';
const logOptions: Readonly<Record<string, string>> = { 'max-size': '10m', 'max-file': '3' };

/**
 * Ensures a container of the host's engine. Where it must be made anew, the old one keeps its work under the
 * name `NAME.replaced` until the new one answers; `withoutReplaced` removes it.
 */
export const container = (spec: ContainerSpec): Step => ({
  name: `container ${spec.name}`,
  why: spec.why,
  asks: [{ kind: 'container', name: spec.name }],
  declares: declaredContainer(spec.name, {
    runs: 'yes',
    image: spec.image,
    ports: publishText(...placeOf(spec.publish), '80/tcp'),
    binds: listText(spec.binds),
    names: listText(spec.knownHosts),
    restart: 'unless-stopped',
    memory: String(bytesOf(spec)),
    log: logText('json-file', logOptions),
    [`label ${madeOfLabel}`]: spec.madeOf,
  }),
  diff: (facts) => {
    const found = facts.container(spec.name) as Inspected | undefined;
    if (!found) return [made(spec, 'make')];
    const differing = differences(spec, found);
    if (differing.length > 0) return [made(spec, `make anew (${differing.join(', ')})`)];
    const changes: Change[] = [];
    if (
      found.HostConfig.RestartPolicy.Name !== 'unless-stopped' ||
      found.HostConfig.Memory !== bytesOf(spec)
    ) {
      changes.push({ kind: 'run', what: `set limits of container ${spec.name}`, run: updateOf(spec) });
    }
    if (!found.State.Running) {
      changes.push({
        kind: 'run',
        what: `start container ${spec.name}`,
        run: ['docker', 'start', spec.name],
      });
    }
    return changes;
  },
});

/** Ensures that nothing is left of a container that was replaced. */
export const withoutReplaced = (name: string): Step => ({
  name: `no container ${replacedName(name)}`,
  why: 'the new one does the work',
  asks: [{ kind: 'container', name: replacedName(name) }],
  diff: (facts: Facts) =>
    facts.container(replacedName(name)) === undefined
      ? []
      : [
          {
            kind: 'run',
            what: `remove container ${replacedName(name)}`,
            run: ['docker', 'rm', '--force', replacedName(name)],
          },
        ],
});

/** What is read of `docker inspect`. */
interface Inspected {
  readonly State: { readonly Running: boolean };
  readonly Config: { readonly Image: string; readonly Labels: Readonly<Record<string, string>> | null };
  readonly HostConfig: {
    readonly Memory: number;
    readonly Binds: readonly string[] | null;
    readonly ExtraHosts: readonly string[] | null;
    readonly RestartPolicy: { readonly Name: string };
    readonly LogConfig: { readonly Config: Readonly<Record<string, string>> | null };
    readonly PortBindings: Readonly<
      Record<string, readonly { readonly HostIp: string; readonly HostPort: string }[]>
    >;
  };
}

/** What cannot be changed without a new container. */
function differences(spec: ContainerSpec, { Config, HostConfig }: Inspected): readonly string[] {
  const bound = HostConfig.PortBindings['80/tcp']?.map(({ HostIp, HostPort }) =>
    HostIp === '' ? HostPort : `${HostIp}:${HostPort}`,
  );
  const pairs: readonly (readonly [string, unknown, unknown])[] = [
    ['image', Config.Image, spec.image],
    ['port', bound, [spec.publish]],
    ['names', HostConfig.ExtraHosts ?? [], spec.knownHosts],
    ['binds', HostConfig.Binds ?? [], spec.binds],
    ['log limits', sorted(HostConfig.LogConfig.Config ?? {}), sorted(logOptions)],
    ['content', Config.Labels?.[madeOfLabel] ?? '', spec.madeOf],
  ];
  return pairs
    .filter(([, found, wanted]) => JSON.stringify(found) !== JSON.stringify(wanted))
    .map(([name]) => name);
}

/** Address and port of `ADDRESS:PORT` or `PORT`. */
const placeOf = (publish: string): readonly [string, string] => {
  const at = publish.lastIndexOf(':');
  return [publish.slice(0, Math.max(at, 0)), publish.slice(at + 1)];
};

const sorted = (record: Readonly<Record<string, string>>) => Object.entries(record).toSorted();

const replacedName = (name: string): string => `${name}.replaced`;
const bytesOf = ({ memoryMb }: ContainerSpec): number => memoryMb * 2 ** 20;

// Equal memory and swap: no swap.
const limitsOf = ({ memoryMb }: ContainerSpec): Argv => [
  '--restart=unless-stopped',
  `--memory=${memoryMb}m`,
  `--memory-swap=${memoryMb}m`,
];

const updateOf = (spec: ContainerSpec): Argv => ['docker', 'update', ...limitsOf(spec), spec.name];

const made = (spec: ContainerSpec, verb: string): Change => ({
  kind: 'run',
  what: `${verb} container ${spec.name}`,
  run: ['sh', '-c', replaceScript, 'sh', spec.name, spec.publish, ...createArgs(spec)],
});

const createArgs = (spec: ContainerSpec): Argv => [
  '--log-driver=json-file',
  ...Object.entries(logOptions).map(([name, value]) => `--log-opt=${name}=${value}`),
  ...limitsOf(spec),
  ...spec.knownHosts.map((host) => `--add-host=${host}`),
  ...spec.binds.map((bind) => `--volume=${bind}`),
  `--label=${madeOfLabel}=${spec.madeOf}`,
  `--publish=${spec.publish}:80`,
  spec.image,
];

// The one that works is the last to go. Where both want the same port, the old one must give it up first, and
// gets it back when the new one does not start.
const replaceScript = `
name=$1 old=$1.replaced port=\${2##*:}; shift 2
if docker container inspect "$name" >/dev/null 2>&1; then
  docker rm --force "$old" >/dev/null 2>&1
  docker rename "$name" "$old" || exit
fi
docker create --name "$name" "$@" >/dev/null || { docker rename "$old" "$name"; exit 1; }
if ! message=$(docker start "$name" 2>&1); then
  docker stop --time 3 "$old" >/dev/null 2>&1
  if ! message=$(docker start "$name" 2>&1); then
    echo "$message"; docker rm --force "$name" >/dev/null; docker rename "$old" "$name"; docker start "$name"; exit 1
  fi
fi
for _ in $(seq 100); do
  curl --silent --fail --max-time 1 --output /dev/null "http://127.0.0.1:$port/" && exit 0
  sleep 0.1
done
echo "the new container does not answer on port $port"; docker logs --tail 5 "$name"; exit 1`;
