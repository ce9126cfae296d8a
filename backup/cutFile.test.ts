import { expect, test } from 'vitest';
import { cutMac, parseCut, renderCut } from './cutFile.ts';
import { cutLabel } from './cutLabel.ts';
import type { Cut } from './types.ts';

const key = 'x'.repeat(64);
const cut: Cut = {
  format: 1,
  label: 'monday',
  atMs: 1795231283000,
  postgres: { restorePoint: 'sla-monday-1', lsn: '0/5000150', timeline: 1, backup: '20261121-032122F' },
  redis: { replicationId: 'a'.repeat(40), replicationOffset: 815 },
  journalSequence: 7,
  pausedMs: 22,
  digest: 'd'.repeat(64),
  files: { 'redis.rdb': { bytes: 240, sha256: 'e'.repeat(64) } },
};
const line = renderCut(cut);
const mac = cutMac(line, 'monday', key);

test('a cut is read as it was written', () => {
  expect(parseCut('monday', line, mac, key)).toEqual({ label: 'monday', cut });
});

test.each([
  ['changed', 'monday', line.replace('0/5000150', '0/5000158'), key],
  ['of another folder', 'tuesday', line, key],
  ['of another key', 'monday', line, 'other'],
  ['cut short', 'monday', line.slice(0, -1), key],
])('one that is %s is a problem, and no cut', (_, label, text, passphrase) => {
  expect(parseCut(label, text, mac, passphrase)).toMatchObject({
    label,
    problem: expect.stringMatching(/damaged/),
  });
});

test('one of a later version is told apart from damage', () => {
  const later = line.replace('"format":1', '"format":2');
  expect(parseCut('monday', later, cutMac(later, 'monday', key), key)).toMatchObject({
    problem: expect.stringMatching(/this version/),
  });
});

test('without a label a cut is named by its instant', () => {
  expect(cutLabel(undefined, Date.UTC(2026, 10, 21, 3, 4, 5, 6))).toBe('2026-11-21T03-04-05-006Z');
  expect(cutLabel('before.lunch_2', 0)).toBe('before.lunch_2');
});

test.each(['', '.hidden', 'a/b', '../x', 'a b', 'latest', 'x'.repeat(64), "it's"])(
  '"%s" is no label',
  (label) => {
    expect(() => cutLabel(label, 0)).toThrow('is no label');
  },
);
