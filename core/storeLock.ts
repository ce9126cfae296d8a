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
  const ended = docker
    .pipe(['sh', '-eu', '-c', lockScript, 'sh', what, ...sorted], { input: hold, output })
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

// The files that the agent takes too, which says in them who holds the store: `PID WHO SINCE WHAT`.
const lockScript = `
what=$1; shift
for store in "$@"; do
  file=/run/lock/sla-$store.lock
  case $store in postgres) exec 7>>"$file"; fd=7 ;; redis) exec 8>>"$file"; fd=8 ;;
    drills) exec 6>>"$file"; fd=6 ;; *) exec 9>>"$file"; fd=9 ;; esac
  flock --nonblock $fd || { echo "$store is held by $(cat "$file")" >&2; exit ${busy}; }
  printf '%s cli %s %s\\n' "$$" "$(date --utc +%FT%TZ)" "$what" > "$file"
done
echo held
exec cat > /dev/null`;

function refusalFrom(thrown: unknown): unknown {
  const said = thrown instanceof SlaError ? messageOf(thrown.cause) : messageOf(thrown);
  const [, store, pid, who, since, what] = /^(\w+) is held by (\d*) ?(\S*) ?(\S*) ?(.*)$/m.exec(said) ?? [];
  if (store === undefined) return thrown;
  return new SlaError('store-busy', `somebody else works on ${store}`, {
    cause: what ? `${what} (${who}, process ${pid} on docker, since ${since})` : 'it does not say who it is',
    remedy: 'wait for it to end; then run the same command again',
  });
}
