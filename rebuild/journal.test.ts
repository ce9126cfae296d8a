import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { newJournal, openJournals, readJournal, removeJournal, writeJournal } from './journal.ts';

const folder = mkdtempSync(join(tmpdir(), 'sla-journal-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a journal is read as it was written, and gone when it is removed', () => {
  const journal = {
    ...newJournal('db', new Date(0)),
    done: ['hold', 'save'] as const,
    sources: { postgres: { kind: 'copy', name: 'a', takenAt: 'b' }, redis: { kind: 'nothing' } } as const,
    verdict: { kind: 'identical', digest: 'd' } as const,
  };
  writeJournal(folder, journal);
  expect(readJournal(folder, 'db')).toEqual(journal);
  removeJournal(folder, 'db');
  expect(readJournal(folder, 'db')).toBeUndefined();
});

test('all that are open are found among other files', () => {
  writeJournal(folder, newJournal('app', new Date(0)));
  writeJournal(folder, newJournal('docker', new Date(0)));
  writeFileSync(join(folder, 'round.json'), '{}');
  expect(openJournals(folder).map(({ host }) => host)).toEqual(['app', 'docker']);
  expect(openJournals(join(folder, 'absent'))).toEqual([]);
});
