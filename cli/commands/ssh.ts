import { spawnSync } from 'node:child_process';
import { type HostName, hostNames } from '../../core/application.ts';
import type { Command } from '../../core/command.ts';
import { SlaError } from '../../core/errors.ts';
import { quoteArgv } from '../../core/shell.ts';
import { type Context, insistOnLab, sshCommandTo } from '../context.ts';

export const ssh: Command<Context> = {
  name: 'ssh',
  summary: 'open a shell on a host, or run one command there',
  example: "ssh db runuser -u postgres -- psql -c 'SELECT count(*) FROM votes'",
  changesState: false,
  arguments: [
    { name: 'host', description: 'app, db or docker', choices: hostNames },
    {
      name: 'command',
      description: 'each word is one argument of the remote command, quoted for you',
      isOptional: true,
      takesRest: true,
    },
  ],
  run: async (context, given) => {
    const name = given.arguments.host as HostName;
    await insistOnLab(context);
    const words = (given.arguments.command ?? []) as readonly string[];
    const isJson = given.flags.json === true;
    const argv = sshArgv(context, name, words);
    const [program = 'ssh', ...rest] = argv;
    const done = spawnSync(program, rest, {
      stdio: isJson ? ['inherit', 'pipe', 'pipe'] : 'inherit',
      encoding: 'utf8',
      maxBuffer: 64 * 2 ** 20,
    });
    if (done.error)
      throw new SlaError('machine-not-ready', 'the ssh program cannot be started', { cause: done.error });
    const exitStatus = done.status ?? 255;
    // The ssh program's own failures all end with 255: a session of ours knows what is wrong, if anything is.
    if (exitStatus === 255) (await context.openHost(name)).close();
    return {
      result: { host: name, exitStatus, stdout: done.stdout, stderr: done.stderr },
      text: '',
      exitStatus,
    };
  },
};

const sshArgv = (context: Context, name: HostName, words: readonly string[]): readonly string[] => [
  ...sshCommandTo(context, name),
  ...(words.length === 0 ? [] : ['--', quoteArgv(words)]),
];
