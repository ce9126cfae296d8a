import { describe, expect, test } from 'vitest';
import { interpreter, type QueueEvent } from './queueEvents.ts';

/** What commands do, each given as its words between blanks; `@5` is a time stamp. */
function eventsOf(...lines: readonly string[]): readonly QueueEvent[] {
  const reading = interpreter({ database: 0, atMs: null, offset: 0 });
  return lines.flatMap((line, at) => {
    const place = { offset: at, end: at + 1 };
    return line.startsWith('@')
      ? reading.take({ kind: 'time', atMs: Number(line.slice(1)), ...place })
      : reading.take({ kind: 'command', words: line.split(' ').map((word) => Buffer.from(word)), ...place });
  });
}

const short = (events: readonly QueueEvent[]) =>
  events.map((event) => {
    if (event.kind === 'accepted') return `${event.isFirst ? 'first ' : ''}${event.entry}`;
    return event.kind === 'popped' ? `${event.from} ${event.count}` : `${event.kind} ${event.how}`;
  });

test.each<readonly [string, readonly string[]]>([
  ['RPUSH votes a b', ['a', 'b']],
  ['rpush votes a', ['a']],
  ['RPUSHX votes a', ['a']],
  ['LPUSH votes a b', ['first a', 'first b']],
  ['LINSERT votes BEFORE p a', ['a', 'unclear LINSERT']],
  ['LSET votes 0 a', ['a', 'unclear LSET']],
  ['RPUSH votes:rejected a', []],
  ['LPOP votes', ['head 1']],
  ['LPOP votes 7', ['head 7']],
  ['RPOP votes', ['tail 1']],
  ['LMOVE votes votes:processing LEFT RIGHT', ['head 1']],
  ['BLMOVE votes x RIGHT LEFT 0', ['tail 1']],
  ['RPOPLPUSH votes x', ['tail 1']],
  ['LMOVE votes:rejected votes LEFT RIGHT', ['foreign LMOVE']],
  ['LREM votes:processing 1 a', []],
  ['LREM votes 1 a', ['unclear LREM']],
  ['LTRIM votes 0 1', ['unclear LTRIM']],
  ['DEL x votes', ['wiped DEL']],
  ['DEL x', []],
  ['UNLINK votes', ['wiped UNLINK']],
  ['FLUSHALL ASYNC', ['wiped FLUSHALL']],
  ['FLUSHDB', ['wiped FLUSHDB']],
  ['SET votes x', ['wiped SET']],
  ['RENAME votes aside', ['wiped RENAME']],
  ['RENAME aside votes', ['foreign RENAME']],
  ['RESTORE votes 0 x', ['foreign RESTORE']],
  ['COPY aside votes', ['foreign COPY']],
  ['COPY votes aside', []],
  ['MOVE votes 3', ['wiped MOVE']],
  ['SWAPDB 0 1', ['foreign SWAPDB']],
  ['SORT x STORE votes', ['foreign SORT']],
])('%s', (line, expected) => {
  expect(short(eventsOf(line))).toEqual(expected);
});

describe('of another database', () => {
  test('only what touches the queue of the first counts', () => {
    expect(short(eventsOf('SELECT 1', 'RPUSH votes a', 'FLUSHDB', 'LPOP votes', 'RENAME a votes'))).toEqual(
      [],
    );
    expect(short(eventsOf('SELECT 1', 'FLUSHALL', 'MOVE votes 0', 'COPY votes votes DB 0'))).toEqual([
      'wiped FLUSHALL',
      'foreign MOVE',
      'foreign COPY',
    ]);
    expect(short(eventsOf('SELECT 1', 'SELECT 0', 'RPUSH votes a'))).toEqual(['a']);
  });
});

test('an entry carries the second before it, and the place of its command', () => {
  expect(eventsOf('@1000', 'SELECT 0', 'RPUSH votes a')).toEqual([
    { kind: 'accepted', atMs: 1000, offset: 2, entry: 'a', isFirst: false },
  ]);
});

test('what stands in a transaction happens at its end, and nothing is settled before', () => {
  const reading = interpreter({ database: 0, atMs: null, offset: 10 });
  const take = (line: string, offset: number) =>
    reading.take({
      kind: 'command',
      words: line.split(' ').map((word) => Buffer.from(word)),
      offset,
      end: offset + 10,
    });
  expect([...take('MULTI', 10), ...take('RPUSH votes a', 20), ...take('RPUSH votes b', 30)]).toEqual([]);
  expect(reading.standing.offset).toBe(10);
  expect(short(take('EXEC', 40))).toEqual(['a', 'b']);
  expect(reading.standing.offset).toBe(50);
});
