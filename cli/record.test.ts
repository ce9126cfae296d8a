import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAdaptorServer } from '@hono/node-server';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SlaError } from '../core/errors.ts';
import { eventOf } from '../core/events.ts';
import type { Host } from '../core/host.ts';
import { type Ledger, openLedger } from '../core/ledger/ledger.ts';
import { localHost } from '../core/localHost.ts';
import { agentApi } from './agent/api.ts';
import { beginRecording, type RecordingContext } from './record.ts';
import { spoolOf } from './spool.ts';

let folder = '';
let ledger: Ledger;
let agent: ReturnType<typeof createAdaptorServer> | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sla-record-'));
  mkdirSync(join(folder, 'labs', 'sla'), { recursive: true });
  ledger = openLedger(':memory:');
});
afterEach(() => {
  agent?.close();
  agent = undefined;
  rmSync(folder, { recursive: true, force: true });
});

const scheduler = { view: () => expect.unreachable(), runNow: () => undefined };
const socket = () => join(folder, 'agent.sock');
async function startAgent(): Promise<void> {
  agent = createAdaptorServer({ fetch: agentApi(ledger, scheduler).fetch });
  agent.listen(socket());
  await once(agent, 'listening');
}

/** docker, with its agent's socket at another place. */
const docker = (): Host => ({ ...localHost('docker'), connect: () => localHost('docker').connect(socket()) });
const state = () => ({ checkout: folder, path: folder });
const contextWith = (openHost: () => Promise<Host>): RecordingContext => ({
  state: state(),
  config: { lab: { name: 'sla' } },
  openHost,
});
const context = () => contextWith(async () => docker());
const spool = () => spoolOf(state(), 'sla');
const told = () =>
  ledger
    .after(0, 100)
    .map((event) => (event.kind === 'command run' ? [...event.data.words, event.data.exitStatus] : []));

test('a command is in the ledger when it has ended, and nothing is left here', async () => {
  await startAgent();
  await beginRecording(context(), ['vote', 'A']).end(0);
  expect(told()).toEqual([['vote', 'A', 0]]);
  expect(spool().count()).toBe(0);
});

test('how a command failed is written down', async () => {
  await startAgent();
  await beginRecording(context(), ['up']).end({ thrown: new SlaError('lab-busy', 'no') });
  await beginRecording(context(), ['up']).end({ thrown: new TypeError('a bug') });
  expect(ledger.after(0, 9).map(({ data }) => data)).toMatchObject([
    { exitStatus: 19, code: 'lab-busy' },
    { exitStatus: 1, code: 'bug' },
  ]);
});

describe('while the agent is away', () => {
  test.each([
    ['docker does not answer', () => Promise.reject(new SlaError('host-unreachable', 'no'))],
    ['docker does not even refuse', () => new Promise<never>(() => undefined)],
    ['the agent does not run', async () => docker()],
    [
      'docker takes connections and says nothing',
      async () => ({ ...docker(), connect: () => new Promise<never>(() => undefined) }),
    ],
  ])('because %s, commands wait here, and come later, once', async (_, openHost) => {
    await beginRecording(contextWith(openHost), ['vote', 'A']).end(0);
    await beginRecording(contextWith(openHost), ['vote', 'B']).end(0);
    expect(spool().count()).toBe(2);
    await startAgent();
    await beginRecording(context(), ['converge']).end(0);
    expect(told()).toEqual([
      ['vote', 'A', 0],
      ['vote', 'B', 0],
      ['converge', 0],
    ]);
    expect(spool().count()).toBe(0);
  });

  test('what was delivered and not crossed off is not there twice', async () => {
    const event = eventOf('guarantee gone', { why: 'full' }, 5, 'the-very-same');
    await startAgent();
    for (let round = 0; round < 2; round += 1) {
      spool().put(event);
      await spool().deliver(docker());
    }
    expect(ledger.last()).toBe(1);
  });

  test('more waits than is taken at once', async () => {
    for (let number = 0; number < 450; number += 1)
      spool().put(eventOf('guarantee gone', { why: 'full' }, number));
    await startAgent();
    await spool().deliver(docker());
    expect([ledger.last(), spool().count()]).toEqual([450, 0]);
  });
});

test('a file that is no event is set aside, and keeps nothing else waiting', async () => {
  spool().put(eventOf('guarantee gone', { why: 'full' }, 5));
  writeFileSync(join(folder, 'labs/sla/spool/1-torn.event.json'), '{"id": "to');
  await startAgent();
  await spool().deliver(docker());
  expect([ledger.last(), spool().count()]).toEqual([1, 0]);
  expect(readdirSync(join(folder, 'labs/sla/spool'))).toEqual(['1-torn.event.json.refused']);
});

test('of a lab that is gone nothing is written, for its ledger is gone too', async () => {
  rmSync(join(folder, 'labs/sla'), { recursive: true });
  await beginRecording(context(), ['down']).end(0);
  expect(existsSync(join(folder, 'labs/sla'))).toBe(false);
});

test('a disk that takes no file does not fail the command', async () => {
  writeFileSync(join(folder, 'labs/sla/spool'), 'a file where the folder should be');
  await expect(beginRecording(context(), ['vote', 'A']).end(0)).resolves.toBeUndefined();
});
