import { PassThrough, Writable } from 'node:stream';
import { messageOf, SlaError } from './errors.ts';
import type { Host } from './host.ts';

/** What of the stores only one may work on at a time. */
export const lockedStores = ['postgres', 'redis', 'repository'] as const;
/** Scratch stores are none of them: nobody who restores waits for a drill. */
export type LockedStore = (typeof lockedStores)[number] | 'drills';

/**
 * Takes stores for as long as `use` runs; error `store-busy`, which names the holder. The lock is a file lock on
 * docker, held by a program there that ends with its session: nobody has to recognise a dead holder.
 */
export async function withStoreLock<T>(
  docker: Host,
  stores: readonly LockedStore[],
  what: string,
  use: () => Promise<T>,
): Promise<T> {
  await using _lock = await takeStoreLock(docker, stores, what);
  return await use();
}

export async function takeStoreLock(
  docker: Host,
  stores: readonly LockedStore[],
  what: string,
): Promise<AsyncDisposable> {
  const held = Promise.withResolvers<void>();
  const hold = new PassThrough();
  const output = new Writable({
    write: (_chunk, _encoding, done) => {
      held.resolve();
      done();
    },
  });
  // Always in the same order, so that two never wait for each other.
  const sorted = ([...lockedStores, 'drills'] as const).filter((store) => stores.includes(store));
  const holder = `${what}, since ${new Date().toISOString()}`;
  const ended = docker
    .pipe(['sh', '-eu', '-c', lockScript, 'sh', holder, ...sorted], { input: hold, output })
    .catch((thrown: unknown) => held.reject(refusalFrom(thrown)));
  await held.promise;
  return {
    [Symbol.asyncDispose]: async () => {
      hold.end();
      await ended;
    },
  };
}

const busy = 75;

const lockScript = `
holder=$1; shift
mkdir -p /run/lock/sla
for store in "$@"; do
  case $store in postgres) exec 7>>/run/lock/sla/postgres; fd=7 ;; redis) exec 8>>/run/lock/sla/redis; fd=8 ;;
    drills) exec 6>>/run/lock/sla/drills; fd=6 ;; *) exec 9>>/run/lock/sla/repository; fd=9 ;; esac
  flock --nonblock $fd || { echo "$store is held by $(cat /run/lock/sla/$store.holder)" >&2; exit ${busy}; }
  echo "$holder" > /run/lock/sla/$store.holder
done
echo held
cat > /dev/null`;

function refusalFrom(thrown: unknown): unknown {
  const said = thrown instanceof SlaError ? messageOf(thrown.cause) : messageOf(thrown);
  const [, store, holder] = /^(\w+) is held by (.*)$/m.exec(said) ?? [];
  if (store === undefined) return thrown;
  return new SlaError('store-busy', `somebody else works on ${store}`, {
    cause: holder,
    remedy: 'wait for it to end; then run the same command again',
  });
}
