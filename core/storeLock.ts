import { PassThrough, Writable } from 'node:stream';
import { messageOf, SlaError } from './errors.ts';
import type { Host } from './host.ts';

/** What of the stores only one may work on at a time. */
export const lockedStores = ['postgres', 'redis', 'repository'] as const;

/** Who takes stores, and what for: whoever comes second is told. */
export interface LockOrder {
  readonly stores: readonly string[];
  /** One word. */
  readonly who: string;
  readonly what: string;
  /** On docker. */
  readonly folder?: string;
}

/** Takes stores for as long as `use` runs. Error: as `takeStoreLock`. */
export async function withStoreLock<T>(docker: Host, order: LockOrder, use: () => Promise<T>): Promise<T> {
  await using _lock = await takeStoreLock(docker, order);
  return await use();
}

/**
 * Takes stores until it is disposed of; error `store-busy`, whose cause names the holder. The lock is one of flock(1)
 * on docker, held by a program there that ends with its session: nobody has to recognise a dead holder.
 */
export async function takeStoreLock(docker: Host, order: LockOrder): Promise<AsyncDisposable> {
  const { stores, who, what, folder = '/run/lock' } = order;
  const held = Promise.withResolvers<void>();
  const hold = new PassThrough();
  const output = new Writable({
    write: (_chunk, _encoding, done) => {
      held.resolve();
      done();
    },
  });
  // Always in the same order, so that two never wait for each other.
  const ended = docker
    .pipe(['bash', '-euc', lockScript, 'bash', folder, who, what, ...stores.toSorted()], {
      input: hold,
      output,
    })
    .catch((thrown: unknown) => held.reject(refusalFrom(thrown)));
  await held.promise;
  return {
    [Symbol.asyncDispose]: async () => {
      hold.end();
      await ended;
    },
  };
}

// The file stays, for those who wait for it; it says who holds it: `PID WHO SINCE WHAT`.
const lockScript = `
folder=$1 who=$2 what=$3
shift 3
for store in "$@"; do
  file=$folder/sla-$store.lock
  exec {lock}>> "$file"
  flock --nonblock "$lock" || { echo "$store is held by $(cat "$file")" >&2; exit 75; }
  echo "$$ $who $(date --utc +%FT%TZ) $what" > "$file"
done
echo held
exec cat > /dev/null`;

/** A person reads it: whoever holds the lock may have written nothing yet. */
function refusalFrom(thrown: unknown): unknown {
  const said = thrown instanceof SlaError ? messageOf(thrown.cause) : messageOf(thrown);
  const [, store, holder = ''] = /^(\S+) is held by ?(.*)$/m.exec(said) ?? [];
  if (store === undefined) return thrown;
  const [pid, who, since, ...what] = holder.trim().split(' ');
  return new SlaError('store-busy', `somebody else works on ${store}`, {
    cause:
      since === undefined ? 'somebody else' : `${who} (${what.join(' ')}, process ${pid}, since ${since})`,
    remedy: 'wait for it to end; then run the same command again',
  });
}
