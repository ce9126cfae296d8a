import { describe, expect, it } from 'vitest';
import { downIn, slaJson, statusOf, testLab } from './lab.ts';
import { type Scores, shownScores } from './scores.ts';

describe('a lab that is up', () => {
  it('shows every host and component up, and where they are', async () => {
    const status = await statusOf(testLab());
    expect(status.hosts.map(({ name }) => name)).toEqual(['app', 'db', 'docker']);
    expect(status.components.map(({ name }) => name)).toEqual([
      'postgres',
      'redis',
      'worker',
      'vote',
      'result',
    ]);
    expect(downIn(status)).toEqual([]);
    for (const url of Object.values(status.urls)) expect((await fetch(url)).status).toBe(200);
  });

  it('counts a vote, and curl reads the count from the result page', async () => {
    const { urls } = await statusOf(testLab());
    const before = shownScores(urls.result);
    const vote = await slaJson<{ before: Scores; after: Scores }>(testLab(), ['vote', 'A']);
    expect(vote).toMatchObject({ before, after: { a: before.a + 1, b: before.b } });
    expect(shownScores(urls.result)).toEqual(vote.after);
  });
});
