import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readIfPresent } from '../core/state.ts';

/** Memory in MiB. `resident` is what programs hold; `used` adds the page cache that was read more than once. */
export interface Memory {
  readonly resident: number;
  readonly used: number;
}

/**
 * Memory of these containers together, as the kernel accounts it. Containers of an engine inside a host count
 * below that host, or beside it: ids without a group of their own are passed over.
 */
export function memoryOf(containerIds: readonly string[], root = '/sys/fs/cgroup'): Memory {
  const groups = containerIds.map((id) => groupOf(root, id)).filter((group) => group !== undefined);
  return {
    resident: sum(groups.map(({ residentBytes }) => residentBytes)) / 2 ** 20,
    used: sum(groups.map(({ usedBytes }) => usedBytes)) / 2 ** 20,
  };
}

function groupOf(root: string, id: string) {
  const folder = foldersOf(root, id).find(existsSync);
  if (folder === undefined) return undefined;
  const isFirst = existsSync(join(folder, 'memory.usage_in_bytes'));
  const stat = statOf(folder);
  const usage = Number(readIfPresent(join(folder, isFirst ? 'memory.usage_in_bytes' : 'memory.current')));
  const residentBytes = stat.get(isFirst ? 'total_rss' : 'anon') ?? 0;
  const inactiveBytes = stat.get(isFirst ? 'total_inactive_file' : 'inactive_file') ?? 0;
  return { residentBytes, usedBytes: usage - inactiveBytes };
}

/** Where an engine puts a container: cgroup v1, then v2 with the driver cgroupfs, then v2 with systemd. */
const foldersOf = (root: string, id: string): readonly string[] => [
  join(root, 'memory/docker', id),
  join(root, 'docker', id),
  join(root, 'system.slice', `docker-${id}.scope`),
];

const statOf = (folder: string): ReadonlyMap<string, number> =>
  new Map(
    (readIfPresent(join(folder, 'memory.stat')) ?? '')
      .split('\n')
      .map((line) => line.split(' '))
      .map(([name = '', value]) => [name, Number(value)]),
  );

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
