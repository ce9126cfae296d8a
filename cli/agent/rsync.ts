import { places } from '../../core/backupLayout.ts';
import type { Argv } from '../../core/shell.ts';

/**
 * Copies between this host and app, which is `app:FOLDER/`; each file is there whole or not at all, and belongs to
 * whoever receives it.
 */
export const rsyncWithApp = (from: string, to: string, ...flags: readonly string[]): Argv => [
  'rsync',
  '--recursive',
  '--times',
  '--perms',
  '--timeout=20',
  `--rsh=ssh -F ${places.copySsh}`,
  ...flags,
  from,
  to,
];
