import { closeSync, openSync, readSync } from 'node:fs';
import { SlaError } from '../../core/errors.ts';
import { runLocal } from '../../core/local.ts';
import { type Argv, quoteArgv } from '../../core/shell.ts';

/** The ssh program up to the host, as `sshCommand` makes it. */
export type SshProgram = Argv;

/** Writes what a command on the host prints into a file, byte by byte. Errors: `remote-command-failed`. */
export const fetchOutput = (ssh: SshProgram, argv: Argv, file: string): Promise<void> =>
  pipe(ssh, argv, `> ${quoteArgv([file])}`);

/** Gives a file to a command on the host as its input. Errors: `remote-command-failed`. */
export const sendInput = (ssh: SshProgram, argv: Argv, file: string): Promise<void> =>
  pipe(ssh, argv, `< ${quoteArgv([file])}`);

// A host that falls silent ends the connection after 15 s, one that only never gets done after an hour; a
// processor that is emulated takes its time for a handshake. Of two values for one option ssh takes the first.
const patient: Argv = ['timeout', '--kill-after=10', '1h'];
const watchful: Argv = ['ConnectTimeout=60', 'ServerAliveInterval=5', 'ServerAliveCountMax=3'].flatMap(
  (option) => ['-o', option],
);

/** Bytes go through the ssh program, because a session of ours takes all it hears for text. */
async function pipe([program = 'ssh', ...words]: SshProgram, argv: Argv, redirection: string): Promise<void> {
  const line = quoteArgv([...patient, program, ...watchful, ...words, '--', quoteArgv(argv)]);
  const { exitCode, stderr } = await runLocal(['bash', '-c', `umask 077; exec ${line} ${redirection}`]);
  if (exitCode === 0) return;
  throw new SlaError('remote-command-failed', `"${shown(argv)}" on db ended with status ${exitCode}`, {
    cause: stderr.trim() || 'it printed nothing',
    remedy: 'run "./sla doctor db"; then run the same command again',
  });
}

/** The command itself, not the script it was given. */
const shown = (argv: Argv): string => quoteArgv(argv.filter((word) => !word.includes('\n'))).slice(0, 120);

/** Throws unless a file begins as its kind does: a program that fails early may still end with 0. */
export function insistOnMagic(file: string, magic: string): void {
  const head = Buffer.alloc(magic.length);
  const descriptor = openSync(file, 'r');
  try {
    readSync(descriptor, head);
  } finally {
    closeSync(descriptor);
  }
  if (head.toString('latin1') === magic) return;
  throw new SlaError('remote-command-failed', `what db sent does not begin with ${magic}: it is no copy`, {
    remedy: 'run "./sla doctor db"; then run the same command again',
  });
}
