import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  archiveRuns,
  historyFiles,
  parseArchive,
  parseHistory,
  parseInfo,
  problemsIn,
} from './pgbackrestInfo.ts';

// As pgBackRest 2.55 wrote them.
const fixture = (name: string): string => readFileSync(join(import.meta.dirname, 'fixtures', name), 'utf8');

test('backups are read with what they need and what they cover', () => {
  const { backups, archiveId, problem } = parseInfo(fixture('info.json'), 'votes');
  expect([archiveId, problem]).toEqual(['17-1', undefined]);
  expect(backups[0]).toEqual({
    label: '20261121-032122F',
    kind: 'full',
    needs: [],
    startedAtMs: 1795231282000,
    endedAtMs: 1795231283999,
    clusterBytes: 23505310,
    addedBytes: 2951288,
    startLsn: '0/4000028',
    stopLsn: '0/4000158',
    startSegment: '000000010000000000000004',
    stopSegment: '000000010000000000000004',
    hasDamage: false,
  });
  expect(backups[1]).toMatchObject({ kind: 'incremental', needs: ['20261121-032122F'] });
});

test('another stanza, and a repository that cannot be read, are problems and not an empty list', () => {
  expect(parseInfo(fixture('info.json'), 'other').problem).toBe('there is no stanza other');
  expect(parseInfo('[]', 'votes').problem).toBe('there is no stanza votes');
  expect(parseInfo(fixture('wrong-key.json'), 'votes').problem).toContain('found outside of section');
  const raw = fixture('wrong-key.json').replace('found outside', 'found \u0001\u001b\n outside');
  expect(parseInfo(raw, 'votes').problem).toContain('outside of section');
});

test('a stanza without backups has none, and that is no problem', () => {
  const status = { code: 2, message: 'no valid backups' };
  const info = [{ name: 'votes', archive: [], backup: [], repo: [{ status }], status }];
  expect(parseInfo(JSON.stringify(info), 'votes')).toEqual({
    backups: [],
    archiveId: undefined,
    problem: undefined,
  });
});

const archive = `0000000100000000/000000010000000000000006-0b1c4e0f15d12bcd8963ea6d5c667aa0bb891419.zst 1795231294.5311900080
0000000100000000/000000010000000000000004-2359bdd61a2c037928bf71a09166ce8c33629919.zst 1795231283.9151898010
0000000100000000/000000010000000000000004.00000028.backup 1795231283.9231898010
0000000100000000/000000010000000000000005-c5fd2bd483cce332e44401b98ed46a88f8a07f18.zst 1795231284.4671898120
0000000100000000/000000010000000000000007-a0851128ba99ccf13c42e04939b1212f2601cc05.zst.pgbackrest.tmp 1795231299.0
00000002.history 1795231310.25
`;

test('the archive is read as runs that say when their last segment came', () => {
  const files = parseArchive(archive);
  expect(archiveRuns(files)).toEqual([
    { first: '000000010000000000000004', last: '000000010000000000000006', untilMs: 1795231294531 },
  ]);
  expect(historyFiles(files)).toEqual([{ name: '00000002.history', atMs: 1795231310250 }]);
});

test.each([
  [
    '1\t0/B000220\tat restore point "sla-good-1"\n',
    { parent: 1, lsn: '0/B000220', reason: 'at restore point "sla-good-1"' },
  ],
  [
    '1\t0/B000220\tat restore point "sla-good-1"\n\n2\t0/D000060\tbefore 2026-11-21 03:27:24.680138+00\n\n',
    { parent: 2, lsn: '0/D000060', reason: 'before 2026-11-21 03:27:24.680138+00' },
  ],
])('a history says from where and why its timeline began', (text, expected) => {
  expect(parseHistory('00000003.history', text)).toEqual({ timeline: 3, ...expected });
});

test('a text that is no history is none', () => {
  expect(parseHistory('00000003.history', '')).toBeUndefined();
});

const report = (wal: string, files: string) => `stanza: votes
status: ${wal + files === '' ? 'ok' : 'error'}
  archiveId: 17-1, total WAL checked: 43, total valid WAL: 42
    missing: ${wal || 0}, checksum invalid: 0, size invalid: 0, other: 0
  backup: 20261121-032122F, status: invalid, total files checked: 967, total valid files: 966
    missing: 0, checksum invalid: ${files || 0}, size invalid: 0, other: 0
`;

test.each([
  [report('', ''), []],
  [report('1', ''), ['archiveId: 17-1: missing: 1']],
  [report('', '12'), ['backup: 20261121-032122F: checksum invalid: 12']],
  ['stanza: votes\nstatus: error\n  No usable backup.info file\n', ['No usable backup.info file']],
])('what a verification found is told with what it is about', (text, expected) => {
  expect(problemsIn(text)).toEqual(expected);
});
