import { describe, expect, test } from 'vitest';
import { eventOf } from '../../core/events.ts';
import { openLedger } from '../../core/ledger/ledger.ts';
import { agentApi } from './api.ts';

const started: string[] = [];
const scheduler = {
  view: () => ({ nowMs: 1, zone: 'Europe/Paris', isWindowOpen: false, jobs: [] }),
  runNow: (name: string) => {
    if (name === 'busy') return '"busy" runs already';
    if (name !== 'copy ledger') return `no job is named "${name}"; there are copy ledger`;
    started.push(name);
    return undefined;
  },
};

const event = (id: string) => eventOf('guarantee gone', { why: 'docker is full' }, 5, `the-event-${id}`);

function apiWith() {
  const ledger = openLedger(':memory:');
  const api = agentApi(ledger, scheduler);
  const post = async (body: string) => {
    const response = await api.request('/events', { method: 'POST', body });
    return {
      status: response.status,
      ...((await response.json()) as { error?: string; added?: number; known?: number }),
    };
  };
  return { ledger, api, post };
}

describe('events that the CLI brings', () => {
  test('are in the ledger once, however often they are brought', async () => {
    const { ledger, post } = apiWith();
    expect(await post(JSON.stringify([event('1'), event('2')]))).toEqual({ status: 200, added: 2, known: 2 });
    expect(await post(JSON.stringify([event('2'), event('3')]))).toEqual({ status: 200, added: 1, known: 2 });
    expect(ledger.after(0, 10).map(({ id }) => id)).toEqual(['the-event-1', 'the-event-2', 'the-event-3']);
  });

  test.each([
    ['', 400, /no JSON/],
    ['{"a":', 400, /no JSON/],
    ['{}', 400, /a list/],
    ['[{"id":"12345678"}]', 400, /^event 0: /],
    [JSON.stringify(Array(501).fill(event('1'))), 400, /more than 500/],
    ['['.repeat(50_000), 400, /no JSON/],
    [`"${'x'.repeat(1_100_000)}"`, 413, /more than/],
  ])(
    'that are none are refused with the reason, and nothing is written (%#)',
    async (body, status, error) => {
      const { ledger, post } = apiWith();
      expect(await post(body)).toEqual({ status, error: expect.stringMatching(error) });
      expect(ledger.last()).toBe(0);
    },
  );

  test('with one wrong among them are refused together', async () => {
    const { ledger, post } = apiWith();
    expect((await post(JSON.stringify([event('1'), { ...event('2'), kind: 'nonsense' }]))).error).toMatch(
      /^event 1: /,
    );
    expect(ledger.last()).toBe(0);
  });
});

test('events are read from a place on', async () => {
  const { api, post } = apiWith();
  await post(JSON.stringify([event('1'), event('2'), event('3')]));
  const found = await (await api.request('/events?after=1')).json();
  expect(found).toMatchObject({ last: 3, events: [{ sequence: 2 }, { sequence: 3 }] });
  expect((await api.request('/events?after=-1')).status).toBe(400);
  expect((await api.request('/events?after=x')).status).toBe(400);
});

test.each([
  ['copy%20ledger', 202, { started: 'copy ledger' }],
  ['busy', 409, { error: '"busy" runs already' }],
  ['nothing', 404, { error: 'no job is named "nothing"; there are copy ledger' }],
])('a person runs the job %s: %i', async (name, status, body) => {
  const response = await apiWith().api.request(`/jobs/${name}`, { method: 'POST' });
  expect([response.status, await response.json()]).toEqual([status, body]);
});

test('what is nowhere is said in JSON', async () => {
  const response = await apiWith().api.request('/nowhere');
  expect([response.status, await response.json()]).toEqual([404, { error: 'nothing is at /nowhere' }]);
});
