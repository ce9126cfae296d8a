import { SlaError } from '../../core/errors.ts';
import { runLocal } from '../../core/local.ts';

export interface Domain {
  readonly uuid: string;
  readonly name: string;
  readonly isRunning: boolean;
  /** What its description holds. */
  readonly labels: Readonly<Record<string, string>>;
}

/** The libvirt of this machine, where hosts that are virtual machines live. */
export interface Hypervisor {
  /** Domains that carry the labels of any lab. */
  domains(): Promise<readonly Domain[]>;
  /** How many domains run, whoever's they are. */
  runningDomains(): Promise<number>;
  /** Names of all storage pools. */
  pools(): Promise<readonly string[]>;
  /** Paths of the volumes in a pool. */
  volumes(pool: string): Promise<readonly string[]>;
  poolUuid(pool: string): Promise<string>;
  start(uuid: string): Promise<void>;
  /** Stops a domain at once and forgets it; its disks stay. */
  removeDomain(uuid: string): Promise<void>;
  removeVolume(path: string): Promise<void>;
  /** Removes a pool with all its volumes. */
  removePool(pool: string): Promise<void>;
}

/** Errors: `engine-unreachable` and `engine-failed` from every method. */
export const openHypervisor = (): Hypervisor => ({
  domains: async () => {
    const [all, running] = await Promise.all([
      virsh('list', '--all', '--uuid', '--name'),
      virsh('list', '--state-running', '--uuid'),
    ]);
    const found = linesOf(all).map((line) => line.trim().split(/\s+/));
    const domains = await Promise.all(
      found.map(async ([uuid = '', name = '']) => ({
        uuid,
        name,
        isRunning: running.includes(uuid),
        labels: labelsIn(await virsh('desc', uuid)),
      })),
    );
    return domains.filter(({ labels }) => labels['sla.lab'] !== undefined);
  },
  runningDomains: async () => linesOf(await virsh('list', '--state-running', '--uuid')).length,
  pools: async () => linesOf(await virsh('pool-list', '--all', '--name')).map((line) => line.trim()),
  volumes: async (pool) => {
    // A pool that is not active lists nothing, and after a reboot none is.
    await virsh('pool-start', pool).catch(() => undefined);
    return pathsIn(pool);
  },
  poolUuid: async (pool) => (await virsh('pool-uuid', pool)).trim(),
  start: async (uuid) => void (await virsh('start', uuid)),
  removeDomain: async (uuid) => {
    await virsh('destroy', uuid).catch(() => undefined);
    await virsh('undefine', uuid);
  },
  removeVolume: async (path) => void (await virsh('vol-delete', path)),
  removePool,
});

async function removePool(pool: string): Promise<void> {
  await virsh('pool-start', pool).catch(() => undefined);
  for (const path of await pathsIn(pool)) await virsh('vol-delete', path);
  await virsh('pool-destroy', pool);
  await virsh('pool-delete', pool).catch(() => undefined);
  await virsh('pool-undefine', pool);
}

const pathsIn = async (pool: string): Promise<readonly string[]> =>
  linesOf(await virsh('vol-list', pool)).map((line) => line.trim().split(/\s+/)[1] ?? '');

async function virsh(...words: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await runLocal(['virsh', '-q', '-c', 'qemu:///system', ...words], {
    env: { LC_ALL: 'C' },
  });
  if (exitCode === 0) return stdout;
  if (exitCode === 127 || stderr.includes('failed to connect')) {
    throw new SlaError('engine-unreachable', 'libvirtd does not answer', {
      cause: stderr.trim(),
      remedy: 'run "./sla up": it installs and starts what virtual machines need',
    });
  }
  throw new SlaError('engine-failed', `"virsh ${words.join(' ')}" ended with status ${exitCode}`, {
    cause: stderr.trim(),
  });
}

/** Somebody else's domain is described in words, or not at all. */
function labelsIn(description: string): Readonly<Record<string, string>> {
  try {
    return Object(JSON.parse(description));
  } catch {
    return {};
  }
}

const linesOf = (text: string): readonly string[] => text.split('\n').filter((line) => line.trim() !== '');
