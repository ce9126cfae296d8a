import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { type HostName, hostNames } from '../../core/application.ts';
import { readIfPresent, writePrivate } from '../../core/state.ts';
import type { Context } from '../context.ts';
import { journalFolder } from './places.ts';

const round = z.object({ finished: z.array(z.enum(hostNames)) });

/** Hosts that an interrupted `rebuild all` had finished; none when there is no such round. */
export function finishedHosts(context: Context): readonly HostName[] {
  const text = readIfPresent(pathOf(context));
  return text === undefined ? [] : round.parse(JSON.parse(text)).finished;
}

export const noteFinished = (context: Context, host: HostName): void =>
  writePrivate(pathOf(context), JSON.stringify({ finished: [...finishedHosts(context), host] }));

export const removeRound = (context: Context): void => rmSync(pathOf(context), { force: true });

const pathOf = (context: Context): string => join(journalFolder(context), 'round.json');
