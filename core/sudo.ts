import { SlaError } from './errors.ts';
import type { HostAddress } from './host.ts';
import type { Argv } from './shell.ts';

/** Root is needed for almost everything, and nobody is there to type a password. In English: what sudo says is read. */
export const asRoot = (argv: Argv): Argv => ['env', 'LC_ALL=C', 'sudo', '-n', '--', ...argv];

/** Throws `adoption-refused` when what a command of `asRoot` said on stderr is sudo's own refusal. */
export function insistOnSudo({ name, user }: HostAddress, code: number | null, stderr: string): void {
  if (code === 0 || !/^(sudo: .*(password|terminal|sudoers|not allowed)|env: .*sudo.*No such)/m.test(stderr))
    return;
  throw new SlaError('adoption-refused', `sudo on ${name} does not let ${user} in without a password`, {
    cause: stderr.trim(),
    remedy: `${sudoersAdvice(name, user)}, then run "./sla adopt"`,
  });
}

/** What root of a host must do before a user's commands run as root without a password. */
export const sudoersAdvice = (host: string, user: string): string =>
  `as root of ${host}, write the line "${user} ALL=(ALL:ALL) NOPASSWD: ALL" with "visudo -f /etc/sudoers.d/${user}"`;
