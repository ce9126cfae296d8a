import { expect, test } from 'vitest';
import { knownProblem } from './pgbackrestErrors.ts';

// As pgBackRest 2.55 says them.
test.each([
  ['P00  ERROR: [037]: info command requires option: repo1-cipher-pass', 'backup-key', 'missing'],
  [
    "[FormatError] unable to load info file '/var/lib/sla/repository/backup/votes/backup.info'\nFormatError: key/value found outside of section at line 1: \u0001\u{fffd}",
    'backup-key',
    'wrong',
  ],
  [
    "P00  ERROR: [050]: unable to acquire lock on file '/var/lib/sla/pgbackrest/lock/votes-backup-1.lock': Resource temporarily unavailable\nHINT: is another pgBackRest process running?",
    'store-busy',
    'locked',
  ],
  [
    "P00  ERROR: [049]: unable to connect to 'db:8432': [111] Connection refused",
    'host-unreachable',
    'cannot reach',
  ],
  [
    "P00  ERROR: [064]: unable to write '/var/lib/sla/repository/backup/votes/x': [28] No space left on device",
    'repository-full',
    '/var/lib/sla/repository',
  ],
  ['there is no stanza votes', 'backup-failed', 'stopped'],
])('%s is told as %s', (said, code, message) => {
  const problem = knownProblem(said);
  expect(problem).toMatchObject({ code, message: expect.stringContaining(message) });
  // The noise of what could not be decrypted is not shown to anybody.
  expect(String(problem?.cause)).toMatch(/^[\n\x20-\x7e…]*$/);
});

test('what is not known is left to be told as it is', () => {
  expect(knownProblem('P00  ERROR: [999]: something new')).toBeUndefined();
});
