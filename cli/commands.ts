import type { Command } from '../core/command.ts';
import { certify } from './commands/certify.ts';
import { converge } from './commands/converge.ts';
import { doctor } from './commands/doctor.ts';
import { down } from './commands/down.ts';
import { fingerprint } from './commands/fingerprint.ts';
import { logs } from './commands/logs.ts';
import { rebuild } from './commands/rebuild.ts';
import { ssh } from './commands/ssh.ts';
import { status } from './commands/status.ts';
import { test } from './commands/test.ts';
import { up } from './commands/up.ts';
import { version } from './commands/version.ts';
import { vote } from './commands/vote.ts';
import type { Context } from './context.ts';

/** Every command, in the order of the help. */
export const commands: readonly Command<Context>[] = [
  up,
  down,
  status,
  doctor,
  converge,
  rebuild,
  vote,
  fingerprint,
  certify,
  ssh,
  logs,
  test,
  version,
];
