import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { type HostName, hostNames } from '../../core/application.ts';
import { readIfPresent, writePrivate } from '../../core/state.ts';
import { journalFolder, type Where } from './places.ts';

const roundSchema = z.object({ startedAt: z.string(), finished: z.array(z.enum(hostNames)).readonly() });

/** A `rebuild all` that was interrupted. */
export type Round = z.output<typeof roundSchema>;

/** What is left of an interrupted round; a new one when there is nothing of it to do any more. */
export function openRound(context: Where): Round {
  const text = readIfPresent(pathOf(context));
  const begun = text === undefined ? undefined : roundSchema.parse(JSON.parse(text));
  const isOver = begun === undefined || hostNames.every((name) => begun.finished.includes(name));
  return isOver ? { startedAt: new Date().toISOString(), finished: [] } : begun;
}

export function noteFinished(context: Where, round: Round, host: HostName): Round {
  const next = { ...round, finished: [...round.finished, host] };
  writePrivate(pathOf(context), JSON.stringify(next));
  return next;
}

/** A round that was declined, or overtaken by the rebuild of a single host, is not taken up again. */
export const removeRound = (context: Where): void => rmSync(pathOf(context), { force: true });

const pathOf = (context: Where): string => join(journalFolder(context), 'round.json');
