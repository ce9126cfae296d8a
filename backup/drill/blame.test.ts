import { describe, expect, test } from 'vitest';
import { findingFrom } from './blame.ts';

const ended = (exitCode: number, stderr = '') => ({ exitCode, stdout: '', stderr });

describe('what the end of a program says of a copy', () => {
  test('a program that ended well agrees', () => {
    expect(findingFrom('restore', ended(0, 'WARN: something'))).toEqual({ check: 'restore', kind: 'agreed' });
  });

  test.each([
    'P00  ERROR: [026]: checksum of pg_data/base/1/2 does not match',
    'P00  ERROR: [095]: unable to flush',
    'P00  ERROR: [055]: unable to open missing file',
    'P00  ERROR: [028]: not a file of ours',
    'FATAL:  recovery ended before configured recovery target was reached',
    'heap table "postgres.public.votes", block 0, offset 3: xmin precedes',
  ])('"%s" is of the copy', (said) => {
    expect(findingFrom('restore', ended(1, said))).toEqual({ check: 'restore', kind: 'differs', text: said });
  });

  test.each([
    ['FATAL: could not write to file: No space left on device', 'the disk of docker is full'],
    ['P00  ERROR: [040]: path is not empty', 'pgBackRest could not work in the scratch folder'],
    [
      'LOG: server process (PID 7) was terminated by signal 9: Killed',
      'the scratch store had too little memory',
    ],
    ['docker: Error response from daemon: no', 'the engine of docker did not run it'],
  ])('"%s" is of the place', (said, why) => {
    const finding = findingFrom('recovery', ended(1, said));
    expect(finding.kind).toBe('could not run');
    expect(finding.text).toContain(why);
  });

  test.each([
    [124, 'it was not done in time'],
    [125, 'the engine of docker did not run it'],
    [127, 'a program is missing on docker'],
    [137, 'it was killed'],
  ])('status %i says that %s', (exitCode, text) => {
    expect(findingFrom('pg_amcheck', ended(exitCode))).toEqual({
      check: 'pg_amcheck',
      kind: 'could not run',
      text,
    });
  });

  test('a failure without a word is one of the copy', () => {
    expect(findingFrom('pg_amcheck', ended(2))).toMatchObject({
      kind: 'differs',
      text: 'it ended with status 2',
    });
  });

  test('what is no text is not shown', () => {
    const said = 'ERROR: [029]: found outside of section at line 1: \u0001\ufffd\ufffd\u0000b';
    expect(findingFrom('restore', ended(29, said)).text).toBe(
      'ERROR: [029]: found outside of section at line 1: ?b',
    );
  });
});
