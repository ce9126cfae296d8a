import type { Argv } from '../../core/shell.ts';
import type { Step } from '../types.ts';

export interface AccountSpec {
  readonly name: string;
  /** The same everywhere, so that files keep their owner when they are copied. */
  readonly uid: number;
  readonly home: string;
  readonly shell: string;
  readonly why: string;
}

/** Ensures an account of a program, with a group of its own and without a password. */
export const account = ({ name, uid, home, shell, why }: AccountSpec): Step => {
  const read: Argv = ['getent', 'passwd', name];
  return {
    name: `account ${name}`,
    why,
    asks: [{ kind: 'command', argv: read }],
    declares: [
      {
        kind: 'item',
        section: 'users',
        item: name,
        value: `uid ${uid} groups ${name} ${home} ${shell} no password`,
      },
    ],
    diff: (facts) => {
      const [, , foundUid, , , ...rest] = facts.command(read).stdout.trim().split(':');
      if (foundUid === String(uid) && rest.join(':') === `${home}:${shell}`) return [];
      const isThere = facts.command(read).exitCode === 0;
      const options = [
        '--uid',
        String(uid),
        ...(isThere ? ['--home'] : ['--home-dir']),
        home,
        '--shell',
        shell,
      ];
      const run = isThere
        ? ['usermod', ...options, name]
        : ['useradd', '--system', '--user-group', '--no-create-home', ...options, name];
      return [{ kind: 'run', what: `${isThere ? 'change' : 'make'} the account ${name}`, run }];
    },
  };
};
