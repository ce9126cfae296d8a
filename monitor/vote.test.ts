import { afterEach, beforeEach, expect, test } from 'vitest';
import { localHost } from '../test/fakes/localHost.ts';
import { openTwin, type Twin } from '../test/fakes/twin.ts';
import { castAndCount, newProbeVoter, probePrefix, removeOwnVote, removeProbeVotes } from './vote.ts';

let twin: Twin;
beforeEach(async () => {
  twin = await openTwin();
});
afterEach(() => twin[Symbol.asyncDispose]());

test('a vote that arrives is counted, with the scores before and after', async () => {
  twin.votes.set('somebody', 'b');
  expect(await castAndCount(twin.urls, 'a', { voterId: 'me' })).toEqual({
    voterId: 'me',
    choice: 'a',
    before: { a: 0, b: 1 },
    after: { a: 1, b: 1 },
    countedAfterMs: expect.any(Number),
  });
  expect(twin.votes.get('me')).toBe('a');
});

test('a new visitor votes under the id that the page gave', async () => {
  const { voterId } = await castAndCount(twin.urls, 'b');
  expect(voterId).toMatch(/^[0-9a-f]{16}$/);
  expect(twin.votes.get(voterId)).toBe('b');
});

test('a second vote from the same process is counted too', async () => {
  await castAndCount(twin.urls, 'a');
  expect((await castAndCount(twin.urls, 'a')).after).toEqual({ a: 2, b: 0 });
});

test('a vote that was accepted and dropped is lost, and the remedy is to walk the way', async () => {
  twin.fate = 'lost';
  await expect(castAndCount(twin.urls, 'a', { voterId: 'me', timeoutMs: 100 })).rejects.toMatchObject({
    code: 'vote-lost',
    message: `the vote of me was accepted but ${twin.urls.result} did not count it within 0.1 s`,
    remedy: expect.stringContaining('./sla doctor'),
  });
});

test('a vote that is refused with 500 is a page that is down', async () => {
  twin.fate = 'refused';
  await expect(castAndCount(twin.urls, 'a')).rejects.toMatchObject({
    code: 'page-down',
    message: `the vote page ${twin.urls.vote} answers a vote with 500`,
    remedy: expect.stringContaining('redis'),
  });
});

test('a result page that is frozen is found before a vote is cast', async () => {
  twin.isFrozen = true;
  await expect(castAndCount(twin.urls, 'a', { timeoutMs: 50 })).rejects.toMatchObject({
    code: 'vote-lost',
    message: `the result page ${twin.urls.result} sent no scores within 0.05 s`,
  });
  expect(twin.votes.size).toBe(0);
});

test('a vote page that is not there is down', async () => {
  await expect(castAndCount({ ...twin.urls, vote: 'http://127.0.0.1:2' }, 'a')).rejects.toMatchObject({
    code: 'page-down',
    message: 'the vote page http://127.0.0.1:2 does not answer',
  });
});

test('voters of the suite are known by their name, and no two are the same', () => {
  const voters = Array.from({ length: 50 }, newProbeVoter);
  expect(new Set(voters).size).toBe(50);
  for (const voter of voters) expect(voter.startsWith(probePrefix)).toBe(true);
});

/** db, as far as a query goes: each is answered by the next of `answers`. */
function answering(...answers: readonly string[]) {
  const ran: string[] = [];
  const exec = async (argv: readonly string[]) => {
    ran.push(argv.at(-1) ?? '');
    return { exitCode: 0, stdout: `${answers[ran.length - 1] ?? answers.at(-1)}\n`, stderr: '' };
  };
  return { ran, host: { ...localHost('db'), exec } };
}

test('a vote of the suite is removed as soon as it is there, and no other is', async () => {
  const { host, ran } = answering('0', '0', '1');
  await removeOwnVote(host, 'sla-probe-1');
  expect(ran).toHaveLength(3);
  for (const query of ran) expect(query).toContain("DELETE FROM votes WHERE id = 'sla-probe-1'");
});

test('a vote that never comes is lost, though the page counted one', async () => {
  await expect(removeOwnVote(answering('0').host, 'sla-probe-1', 50)).rejects.toMatchObject({
    code: 'vote-lost',
    message: expect.stringContaining('sla-probe-1'),
  });
});

test('what killed probes left is removed, and nothing of anybody else', async () => {
  const { host, ran } = answering('');
  await removeProbeVotes(host);
  expect(ran).toEqual([expect.stringContaining("WHERE id LIKE 'sla-probe-%'")]);
});
