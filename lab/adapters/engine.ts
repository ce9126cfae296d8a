import type Docker from 'dockerode';
import { messageOf, SlaError } from '../../core/errors.ts';

export interface LabContainer {
  readonly id: string;
  readonly name: string;
  readonly isRunning: boolean;
  readonly image: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly createdAt: number;
}

export interface EngineNetwork {
  readonly id: string;
  readonly name: string;
  readonly subnets: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

export interface EngineVolume {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** A container that does one thing and is removed. */
export interface Job {
  readonly image: string;
  readonly argv: readonly string[];
  readonly binds: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

/** The Docker engine of this machine, where the lab's hosts live. */
export interface Engine {
  version(): Promise<string>;
  /** Folder of the engine's data on this machine. */
  dataFolder(): Promise<string>;
  /** Containers of any lab. */
  containers(): Promise<readonly LabContainer[]>;
  /** How many containers run, whoever's they are. */
  runningContainers(): Promise<number>;
  networks(): Promise<readonly EngineNetwork[]>;
  volumes(): Promise<readonly EngineVolume[]>;
  /** Makes a volume, or finds it. */
  ensureVolume(name: string, labels: Readonly<Record<string, string>>): Promise<void>;
  start(containerId: string): Promise<void>;
  removeContainer(id: string): Promise<void>;
  removeNetwork(id: string): Promise<void>;
  removeVolume(name: string): Promise<void>;
  /** Runs a job that may handle loop devices; gives its output, throws when it fails. */
  runDiskJob(job: Job): Promise<string>;
}

/** Errors: `engine-unreachable` and `engine-failed` from every method. */
export function openEngine(): Engine {
  // Loaded when it is first needed: it takes a third of the start of a command.
  let client: Promise<Docker> | undefined;
  const use = async <T>(request: (docker: Docker) => Promise<T>): Promise<T> => {
    client ??= import('dockerode').then(({ default: Client }) => new Client());
    return ask(request(await client));
  };
  return {
    version: async () => (await use((docker) => docker.version())).Version,
    dataFolder: async () => (await use((docker) => docker.info())).DockerRootDir,
    containers: async () =>
      (await use((docker) => docker.listContainers({ all: true, filters: { label: ['sla.lab'] } }))).map(
        (container) => ({
          id: container.Id,
          name: (container.Names[0] ?? '').slice(1),
          isRunning: container.State === 'running',
          image: container.Image,
          labels: container.Labels,
          createdAt: container.Created * 1000,
        }),
      ),
    runningContainers: async () => (await use((docker) => docker.listContainers())).length,
    networks: async () =>
      (await use((docker) => docker.listNetworks())).map((network) => ({
        id: network.Id,
        name: network.Name,
        subnets: (network.IPAM?.Config ?? []).flatMap(({ Subnet }) => (Subnet === undefined ? [] : [Subnet])),
        labels: network.Labels ?? {},
      })),
    volumes: async () =>
      (await use((docker) => docker.listVolumes({ filters: { label: ['sla.lab'] } }))).Volumes.map(
        (volume) => ({
          name: volume.Name,
          labels: volume.Labels ?? {},
        }),
      ),
    ensureVolume: async (Name, labels) =>
      void (await use((docker) => docker.createVolume({ Name, Labels: { ...labels } }))),
    start: async (id) => void (await use((docker) => docker.getContainer(id).start())),
    removeContainer: async (id) =>
      void (await use((docker) => docker.getContainer(id).remove({ force: true, v: true })).catch(
        unlessGone,
      )),
    removeNetwork: async (id) =>
      void (await use((docker) => docker.getNetwork(id).remove()).catch(unlessGone)),
    removeVolume: async (name) =>
      void (await use((docker) => docker.getVolume(name).remove({ force: true })).catch(unlessGone)),
    runDiskJob: (job) => use((docker) => runDiskJob(docker, job)),
  };
}

/** What a run that was killed is still removing may go before we do it. */
function unlessGone(thrown: unknown): void {
  if (!(thrown instanceof SlaError && Object(thrown.cause).statusCode === 404)) throw thrown;
}

const sysAdmin = { CapAdd: ['SYS_ADMIN'], SecurityOpt: ['apparmor=unconfined', 'seccomp=unconfined'] };
const loopDevices = { DeviceCgroupRules: ['b 7:* rmw', 'c 10:237 rmw'] };

async function runDiskJob(docker: Docker, { image, argv, binds, labels }: Job): Promise<string> {
  const [program = '', ...words] = argv;
  const container = await ask(
    docker.createContainer({
      Image: image,
      Entrypoint: [program],
      Cmd: words,
      Labels: { ...labels },
      Tty: true,
      HostConfig: { Binds: [...binds], NetworkMode: 'none', ...sysAdmin, ...loopDevices },
    }),
  );
  try {
    await ask(container.start());
    const { StatusCode } = await ask(container.wait());
    const output = (await ask(container.logs({ stdout: true, stderr: true, follow: false }))).toString();
    if (StatusCode === 0) return output;
    throw new Error(output.trim() || `the disk job ended with status ${StatusCode}`);
  } finally {
    await container.remove({ force: true }).catch(() => undefined);
  }
}

async function ask<T>(request: Promise<T>): Promise<T> {
  try {
    return await request;
  } catch (thrown) {
    if (!(thrown instanceof Error)) throw thrown;
    if ('code' in thrown && /ECONN|ENOENT|EACCES/.test(String(thrown.code))) {
      throw new SlaError('engine-unreachable', 'the Docker engine does not answer', {
        cause: messageOf(thrown),
      });
    }
    if ('statusCode' in thrown)
      throw new SlaError('engine-failed', 'the Docker engine refused a request', { cause: thrown });
    throw thrown;
  }
}
