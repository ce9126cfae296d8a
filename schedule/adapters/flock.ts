import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readIfPresent } from '../../core/state.ts';
import type { Lease, StoreLocks } from '../types.ts';

const folder = '/run/lock';

/**
 * Stores are locked by flock(1), which the CLI does too, over SSH. The lock is held by a child that ends with its
 * stdin, and so with this process, however that ends. The file says who holds it: `PID WHO SINCE WHAT`.
 */
export const flockLocks = (who: string, lockFolder = folder): StoreLocks => ({
  take: async (store, what) => {
    const file = `${lockFolder}/sla-${store}.lock`;
    const child = spawn(
      'flock',
      ['--nonblock', '--conflict-exit-code', '75', file, 'sh', '-c', holding, 'sh', file, who, what],
      {
        stdio: ['pipe', 'pipe', 'inherit'],
      },
    );
    const answer = await Promise.race([
      once(child.stdout, 'data').then(() => 'held' as const),
      once(child, 'close').then(([status]) => Number(status ?? 1)),
    ]);
    if (answer === 'held') return leaseOf(child);
    if (answer === 75) return holderOf(file);
    throw new Error(`flock ${file} ended with status ${answer}`);
  },
});

// In the place of what was there: the file stays, for those who wait for it.
const holding = `printf '%s %s %s %s\\n' "$$" "$2" "$(date --utc +%FT%TZ)" "$3" > "$1"; echo held; exec cat > /dev/null`;

const leaseOf = (child: ReturnType<typeof spawn>): Lease => ({
  release: async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const closed = once(child, 'close');
    child.stdin?.end();
    await closed;
  },
});

/** A person reads it: whoever holds it may have written nothing yet. */
const holderOf = (file: string): string => {
  const [pid, who, since, ...what] = (readIfPresent(file) ?? '').trim().split(' ');
  return since === undefined ? 'somebody else' : `${who} (${what.join(' ')}, process ${pid}, since ${since})`;
};
