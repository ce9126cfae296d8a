import { expect, test } from 'vitest';
import { createApp } from './app.ts';
import type { Vote } from './queue.ts';

function open(push: (vote: Vote) => Promise<void>) {
  return createApp({
    options: { a: 'Cats', b: 'Dogs' },
    containerId: 'f00',
    queue: { push },
    log: () => {},
  });
}

function recording() {
  const pushed: Vote[] = [];
  const app = open(async (vote) => {
    pushed.push(vote);
  });
  return { app, pushed };
}

const dead = () =>
  open(async () => {
    throw new Error('connect ECONNREFUSED');
  });

const ballot = (vote: string, headers: Record<string, string> = {}) => ({
  method: 'POST',
  headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
  body: new URLSearchParams({ vote }),
});

test('a first visit gets a hexadecimal voter id and queues nothing', async () => {
  const { app, pushed } = recording();
  const answer = await app.request('/');
  expect(answer.status).toBe(200);
  expect(answer.headers.get('set-cookie')).toMatch(/^voter_id=[0-9a-f]{16}; Path=\/$/);
  expect(pushed).toEqual([]);
});

test('a vote is queued under the id of its cookie and shown marked', async () => {
  const { app, pushed } = recording();
  const answer = await app.request('/', ballot('b', { cookie: 'voter_id=abc' }));
  expect(pushed).toEqual([{ voter_id: 'abc', vote: 'b' }]);
  expect(await answer.text()).toContain('You voted for Dogs');
});

test('a vote without a cookie is queued under the id it is given', async () => {
  const { app, pushed } = recording();
  const answer = await app.request('/', ballot('a'));
  expect(answer.headers.get('set-cookie')).toContain(`voter_id=${pushed[0]?.voter_id};`);
});

test('a vote for something that is not offered is queued all the same', async () => {
  const { app, pushed } = recording();
  expect((await app.request('/', ballot('zebra', { cookie: 'voter_id=abc' }))).status).toBe(200);
  expect(pushed).toEqual([{ voter_id: 'abc', vote: 'zebra' }]);
});

test('a form without a vote is refused', async () => {
  const { app, pushed } = recording();
  expect((await app.request('/', { method: 'POST' })).status).toBe(400);
  expect(pushed).toEqual([]);
});

test('with Redis dead a vote answers 500 and the page still 200', async () => {
  expect((await dead().request('/', ballot('a'))).status).toBe(500);
  expect((await dead().request('/')).status).toBe(200);
});
