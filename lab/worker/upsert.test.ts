import { expect, test } from 'vitest';
import { type Sql, upsert } from './upsert.ts';

const vote = { voter_id: 'abc', vote: 'a' };

/** Refuses every statement that begins with one of `refused`. */
function sqlThatRefuses(...refused: readonly string[]) {
  const statements: string[] = [];
  const sql: Sql = async (text) => {
    const verb = text.split(' ')[0] ?? '';
    statements.push(verb);
    if (refused.includes(verb)) throw new Error(`${verb} refused`);
  };
  return { sql, statements };
}

test('a new voter is inserted', async () => {
  const { sql, statements } = sqlThatRefuses();
  await upsert(sql, vote);
  expect(statements).toEqual(['INSERT']);
});

test('a voter who is known is updated', async () => {
  const { sql, statements } = sqlThatRefuses('INSERT');
  await upsert(sql, vote);
  expect(statements).toEqual(['INSERT', 'UPDATE']);
});

test('when the update fails too, the vote is lost and the failure passed on', async () => {
  const { sql } = sqlThatRefuses('INSERT', 'UPDATE');
  await expect(upsert(sql, vote)).rejects.toThrow('UPDATE refused');
});
