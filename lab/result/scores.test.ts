import { expect, test } from 'vitest';
import { foldScores, publishScores, type Row } from './scores.ts';

const cases: readonly { says: string; rows: readonly Row[]; scores: object }[] = [
  { says: 'no row counts as zero for both', rows: [], scores: { a: 0, b: 0 } },
  {
    says: 'counts come as text and leave as numbers',
    rows: [{ vote: 'b', count: '12' }],
    scores: { a: 0, b: 12 },
  },
  {
    says: 'a vote for something that is not offered is passed on',
    rows: [{ vote: 'zebra', count: '1' }],
    scores: { a: 0, b: 0, zebra: 1 },
  },
];

test.each(cases)('$says', ({ rows, scores }) => {
  expect(foldScores(rows)).toEqual(scores);
});

async function publish(query: () => Promise<readonly Row[]>) {
  const [sent, lines]: [string[], string[]] = [[], []];
  await publishScores(
    { query },
    (scores) => sent.push(scores),
    (line) => lines.push(line),
  );
  return { sent, lines };
}

test('scores go out as a JSON string', async () => {
  const { sent } = await publish(async () => [{ vote: 'a', count: '3' }]);
  expect(sent).toEqual(['{"a":3,"b":0}']);
});

test('a failing query is logged and sends nothing', async () => {
  const { sent, lines } = await publish(async () => {
    throw new Error('connection terminated');
  });
  expect(sent).toEqual([]);
  expect(lines).toEqual(['Error performing query: Error: connection terminated']);
});
