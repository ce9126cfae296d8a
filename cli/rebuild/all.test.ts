import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { slaConfig } from '../config.ts';
import { noteFinished, openRound, removeRound } from './all.ts';
import type { Where } from './places.ts';

let where: Where;
beforeEach(() => {
  const path = mkdtempSync(join(tmpdir(), 'sla-round-'));
  where = { state: { path, checkout: path }, config: slaConfig.parse({}) };
});
afterEach(() => rmSync(where.state.path, { recursive: true }));

test('an interrupted round goes on with the hosts that it had not finished', () => {
  const round = noteFinished(where, openRound(where), 'db');
  expect(openRound(where)).toEqual({ startedAt: round.startedAt, finished: ['db'] });
});

test('a round that had finished all of them is over, though it was killed before it could say so', () => {
  let round = openRound(where);
  for (const host of ['db', 'app', 'docker'] as const) round = noteFinished(where, round, host);
  expect(openRound(where).finished).toEqual([]);
});

test('a round that was declined or overtaken is not taken up again', () => {
  noteFinished(where, openRound(where), 'db');
  removeRound(where);
  expect(openRound(where).finished).toEqual([]);
});
