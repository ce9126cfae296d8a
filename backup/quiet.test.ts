import { expect, test } from 'vitest';
import { busyWorkers, parseClients } from './quiet.ts';

// As Redis 8.0 lists them; what is cut out says nothing here.
const line = (id: number, flags: string, command: string): string =>
  `id=${id} addr=10.83.0.11:46034 laddr=10.83.0.12:6379 fd=10 name= age=166 idle=0 flags=${flags} db=0 sub=0 multi=-1 cmd=${command} user=default lib-name=ioredis`;

const busy = (...lines: readonly string[]) => busyWorkers(parseClients(lines.join('\n'))).map(({ id }) => id);

test.each([
  ['the delivered worker with a vote in its hand', line(1, 'N', 'lpop'), ['1']],
  ['the delivered worker whose pop is held back', line(1, 'b', 'lpop'), []],
  ['the improved worker that writes a vote it set aside', line(1, 'N', 'blmove'), ['1']],
  ['the improved worker that waits for one', line(1, 'b', 'blmove'), []],
  ['the improved worker that cannot put away yet what it wrote', line(1, 'b', 'lrem'), []],
  ['a vote page that is about to send', line(1, 'N', 'rpush'), []],
  ['a vote page whose vote is held back', line(1, 'b', 'rpush'), []],
  ['somebody who looks', line(1, 'N', 'client|list'), []],
  ['nobody', '', []],
])('%s', (_, text, expected) => {
  expect(busy(text)).toEqual(expected);
});

test('each worker counts for itself, and is told by its address', () => {
  expect(busy(line(1, 'b', 'lpop'), line(2, 'N', 'lpop'), line(3, 'N', 'rpush'))).toEqual(['2']);
  expect(parseClients(line(2, 'N', 'lpop'))[0]).toMatchObject({ address: '10.83.0.11:46034', flags: 'N' });
});
