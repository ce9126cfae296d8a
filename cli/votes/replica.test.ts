import { expect, test } from 'vitest';
import { fieldsOf, hasAll } from './replica.ts';

const main = fieldsOf('# Replication\r\nmaster_replid:abc\r\nmaster_repl_offset:100\r\n');
const replica = {
  master_replid: 'abc',
  slave_repl_offset: '100',
  aof_enabled: '1',
  aof_buffer_length: '0',
  aof_rewrite_in_progress: '0',
};

test.each([
  ['at the same offset, with all of it in its file', {}, true],
  ['further than what was asked for', { slave_repl_offset: '114' }, true],
  ['behind', { slave_repl_offset: '99' }, false],
  ['of another Redis', { master_replid: 'def' }, false],
  ['with something in memory that is not in its file yet', { aof_buffer_length: '31' }, false],
  ['that begins its file anew', { aof_rewrite_in_progress: '1' }, false],
  ['that keeps no file', { aof_enabled: '0' }, false],
])('a replica %s', (_, changed, expected) => {
  expect(hasAll({ ...replica, ...changed }, main)).toBe(expected);
});

test('a replica that does not answer has nothing', () => {
  expect(hasAll(fieldsOf(''), main)).toBe(false);
});
