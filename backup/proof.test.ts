import { expect, test } from 'vitest';
import type { History } from './pgbackrestInfo.ts';
import type { PostgresPlan, ReplayEnd } from './planRestore.ts';
import { disproof } from './proof.ts';

const plan = (until: ReplayEnd): PostgresPlan => ({
  kind: 'plan',
  backup: 'F',
  clusterBytes: 1,
  timeline: 1,
  wal: { first: '000000010000000000000004', last: '000000010000000000000009' },
  until,
  notes: [],
});
const history = (changes: Partial<History>): History => ({
  timeline: 2,
  parent: 1,
  lsn: '0/9000150',
  reason: 'no recovery target specified',
  ...changes,
});
const point: ReplayEnd = { kind: 'restore point', name: 'sla-a-1', lsn: '0/5000150' };
const atPoint = { lsn: '0/5000150', reason: 'at restore point "sla-a-1"' };
const instant: ReplayEnd = { kind: 'instant', atMs: Date.UTC(2026, 10, 21, 3) };

test.each([
  ['a restore point at its position', point, atPoint],
  ['an instant, stopped before a later commit', instant, { reason: 'before 2026-11-21 03:00:00.000001+00' }],
  ['the end of the last segment', { kind: 'end' }, {}],
] as const)('proven: %s', (_, until, found) => {
  expect(disproof(plan(until), history(found))).toBeUndefined();
});

test.each([
  ['the end instead of the restore point', point, {}],
  ['another restore point', point, { ...atPoint, reason: 'at restore point "sla-a-2"' }],
  ['one of the same name elsewhere', point, { ...atPoint, lsn: '0/6000150' }],
  ['the end instead of the instant', instant, {}],
  ['a stop before an earlier commit', instant, { reason: 'before 2026-11-21 02:59:59.999+00' }],
  ['an end that came too early', { kind: 'end' }, { lsn: '0/5000150' }],
  ['another timeline', point, { ...atPoint, parent: 3 }],
] as const)('not proven: %s', (_, until, found) => {
  expect(disproof(plan(until), history(found))).toMatch(/^it (stopped|replayed)/);
});
