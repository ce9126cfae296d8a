import type { Command } from '../core/command.ts';
import { adopt } from './commands/adopt.ts';
import { backupDrill } from './commands/backupDrill.ts';
import { backupList } from './commands/backupList.ts';
import { backupNow } from './commands/backupNow.ts';
import { backupRestore } from './commands/backupRestore.ts';
import { backupShow } from './commands/backupShow.ts';
import { backupVerify } from './commands/backupVerify.ts';
import { certify } from './commands/certify.ts';
import { converge } from './commands/converge.ts';
import { doctor } from './commands/doctor.ts';
import { down } from './commands/down.ts';
import { drift } from './commands/drift.ts';
import { fingerprint } from './commands/fingerprint.ts';
import { inventory } from './commands/inventory.ts';
import { logs } from './commands/logs.ts';
import { rebuild } from './commands/rebuild.ts';
import { schedule } from './commands/schedule.ts';
import { ssh } from './commands/ssh.ts';
import { status } from './commands/status.ts';
import { test } from './commands/test.ts';
import { up } from './commands/up.ts';
import { version } from './commands/version.ts';
import { vote } from './commands/vote.ts';
import { votesList } from './commands/votesList.ts';
import { votesReconcile } from './commands/votesReconcile.ts';
import type { Context } from './context.ts';

/** Every command, in the order of the help. */
export const commands: readonly Command<Context>[] = [
  up,
  down,
  adopt,
  status,
  doctor,
  converge,
  rebuild,
  backupNow,
  backupList,
  backupShow,
  backupVerify,
  backupRestore,
  backupDrill,
  inventory,
  drift,
  vote,
  votesList,
  votesReconcile,
  fingerprint,
  certify,
  schedule,
  ssh,
  logs,
  test,
  version,
];

/** What the first word of commands of two words stands for, in the help. */
export const nouns: Readonly<Record<string, string>> = {
  backup: 'take, list, check and restore backups of both stores',
  votes: 'what was accepted, from the journal on docker, and whether it was counted',
};
