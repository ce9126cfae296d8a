import type { Argv } from '../../core/shell.ts';
import type { Step } from '../types.ts';

const path = '/var/lib/sla/ballast';
const size: Argv = ['stat', '-c', '%s', path];

/** Ensures a file that is there to be deleted: the first megabytes on a full disk come from it. */
export const ballast = (megabytes: number): Step => ({
  name: `ballast of ${megabytes} MiB`,
  why: 'a full disk is freed at once, so that the databases can be stopped and started',
  asks: [{ kind: 'command', argv: size }],
  diff: (facts) => {
    const { exitCode, stdout } = facts.command(size);
    const found = exitCode === 0 ? Number(stdout) : 0;
    if (found === megabytes * 2 ** 20) return [];
    if (megabytes === 0) return [{ kind: 'run', what: 'remove the ballast', run: ['rm', '-f', path] }];
    return [
      {
        kind: 'run',
        what: `allocate ${megabytes} MiB in ${path}`,
        run: [
          'sh',
          '-ec',
          'mkdir -p "$(dirname "$1")"; rm -f "$1" "$1.new"; fallocate -l "$2" "$1.new" || { rm -f "$1.new"; exit 1; }; mv "$1.new" "$1"',
          'sh',
          path,
          `${megabytes}MiB`,
        ],
      },
    ];
  },
});
