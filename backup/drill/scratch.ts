import { places, scratchImage } from '../../core/backupLayout.ts';
import type { Host } from '../../core/host.ts';
import type { Argv } from '../../core/shell.ts';

/** Where one drill works on docker; all of it goes when the drill ends. */
export interface Scratch {
  /** Names its folder and its containers; hexadecimal. */
  readonly id: string;
  /** Label of the cut, shown beside the containers. */
  readonly cut: string;
  /** Ids of user and group, as `docker run --user` takes them. */
  readonly users: Readonly<Record<ScratchUser, string>>;
}

export type ScratchUser = 'postgres' | 'redis';

const folderPrefix = 'drill-';

/** What lies in the folder of a drill. Short names: the path of a Unix socket has 107 bytes at most. */
export const pathsOf = ({ id }: Pick<Scratch, 'id'>) => {
  const folder = `${places.drills}/${folderPrefix}${id}`;
  return {
    folder,
    data: `${folder}/pg/data`,
    postgres: `${folder}/pg`,
    redis: `${folder}/redis`,
    postgresSocket: `${folder}/socket/pg`,
    redisSocket: `${folder}/socket/redis`,
    /** Copies for the negative control. */
    repository: `${folder}/repository`,
    cuts: `${folder}/cuts`,
  };
};

export const redisSocketFile = (scratch: Pick<Scratch, 'id'>): string =>
  `${pathsOf(scratch).redisSocket}/redis.sock`;
export const postgresSocketFile = (scratch: Pick<Scratch, 'id'>): string =>
  `${pathsOf(scratch).postgresSocket}/.s.PGSQL.5432`;

/** Root of a container that has nothing but what is mounted into it. */
const label = 'sla.drill';

/** A scratch store ends by itself when nobody is left to end it. */
export const maxLifeS = 1800;

export interface ScratchProgram {
  readonly user: ScratchUser;
  readonly command: Argv;
  /** Stays in the background under this name; without it the program is waited for. */
  readonly name?: 'postgres' | 'redis';
  /** Read-only, beside the folder of the drill. */
  readonly reads?: readonly string[];
}

const memory: Readonly<Record<ScratchUser, string>> = { postgres: '640m', redis: '384m' };

/**
 * Runs a program of docker's own /usr where it reaches nothing but the folder of the drill: no network, nothing to
 * write to but this folder, bounded in memory, processor and processes.
 */
export function containerArgv(scratch: Scratch, { user, command, name, reads = [] }: ScratchProgram): Argv {
  const { folder } = pathsOf(scratch);
  const readOnly = ['/usr', '/etc/passwd', '/etc/group', ...reads];
  return [
    ...['docker', 'run', ...(name ? ['--detach', `--name=${containerName(scratch, name)}`] : ['--rm'])],
    `--label=${label}=${scratch.cut}`,
    `--user=${scratch.users[user]}`,
    ...['--network=none', '--read-only', '--tmpfs=/tmp', '--tmpfs=/run', '--cap-drop=ALL'],
    ...['--security-opt=no-new-privileges', '--pids-limit=200', '--cpus=1'],
    ...[`--memory=${memory[user]}`, '--stop-signal=SIGINT'],
    ...readOnly.map((path) => `--volume=${path}:${path}:ro`),
    `--volume=${folder}:${folder}`,
    scratchImage,
    ...['timeout', String(maxLifeS), ...command],
  ];
}

export const containerName = ({ id }: Pick<Scratch, 'id'>, name: ScratchUser): string =>
  `sla-drill-${id}-${name}`;

/**
 * Removes what an earlier drill left, and makes the folder and the image of this one. Only one drill may run: what
 * carries our label, or a name of ours in the folder of drills, then belongs to nobody.
 */
export async function makeScratch(docker: Host, id: string, cut: string): Promise<Scratch> {
  const { folder } = pathsOf({ id });
  const { stdout } = await docker.exec([
    ...['sh', '-eu', '-c', `${cleanScript}\n${makeScript}`, 'sh'],
    ...[label, places.drills, scratchImage, folder],
  ]);
  const [postgres = '', redis = ''] = stdout.trim().split(' ');
  return { id, cut, users: { postgres, redis } };
}

/** A sentence when the disk has not the room for so much; what runs on docker must not fill up for a drill. */
export async function lackOfRoom(docker: Host, bytes: number): Promise<string | undefined> {
  const { stdout } = await docker.exec(['df', '--output=avail', '-B1', places.drills]);
  const free = Number(stdout.trim().split('\n').at(-1));
  const needed = bytes + spareBytes;
  return free >= needed
    ? undefined
    : `docker has ${inMebibytes(free)} free, and the drill needs ${inMebibytes(needed)}`;
}

/** For WAL on its way, and for everybody else. */
const spareBytes = 256 * 2 ** 20;

const inMebibytes = (bytes: number): string => `${Math.ceil(bytes / 2 ** 20)} MiB`;

/** Removes every scratch store there is. */
export const removeScratch = (docker: Host): Promise<unknown> =>
  docker.exec(['sh', '-eu', '-c', cleanScript, 'sh', label, places.drills, scratchImage]);

const cleanScript = `
left=$(docker ps --all --quiet --filter "label=$1")
[ -z "$left" ] || docker rm --force $left > /dev/null
[ ! -d "$2" ] || find "$2" -mindepth 1 -maxdepth 1 -name '${folderPrefix}*' -exec rm -rf {} +
! docker image inspect "$3" > /dev/null 2>&1 || docker image rm "$3" > /dev/null`;

// An engine that has no images at all makes this one: names to mount things at, and the links of a merged /usr.
const makeScript = `
umask 022
docker image inspect "$3" > /dev/null 2>&1 || {
  root=$(mktemp -d)
  chmod 755 "$root"
  mkdir -p "$root/usr" "$root/etc" "$root/proc" "$root/sys" "$root/dev" "$root/tmp" "$root/run" "$root/var"
  touch "$root/etc/passwd" "$root/etc/group"
  for name in bin lib lib64 sbin; do ln -s "usr/$name" "$root/$name"; done
  tar -C "$root" -c . | docker import - "$3" > /dev/null
  rm -r "$root"
}
install -d -m 0711 "$2" "$4" "$4/socket"
for user in postgres redis; do
  short=$([ $user = redis ] && echo redis || echo pg)
  install -d -o $user -g $user -m 0700 "$4/$short"
  # Whoever logs in, too, reaches the stores; nobody else of this host does.
  install -d -o "\${SUDO_USER:-root}" -g $user -m 0770 "$4/socket/$short"
done
install -d -o postgres -g postgres -m 0700 "$4/pg/data"
echo "$(id -u postgres):$(id -g postgres) $(id -u redis):$(id -g redis)"`;
