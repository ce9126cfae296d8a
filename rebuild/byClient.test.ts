import { describe, expect, test } from 'vitest';
import { SlaError } from '../core/errors.ts';
import type { Host } from '../core/host.ts';
import { type ClientDelivery, replacedByClient } from './byClient.ts';

/** A host that carries the mark of the old one, or not. */
const hostOf = (isOld: boolean): Host => ({
  name: 'db',
  query: async () => ({ exitCode: isOld ? 0 : 3, stdout: '', stderr: '' }),
  exec: async () => ({ exitCode: 0, stdout: '', stderr: '' }),
  pipe: async () => undefined,
  connect: () => Promise.reject(new Error('nothing listens')),
  close: () => undefined,
});

type Answer = Host | SlaError;
const silent = new SlaError('host-unreachable', 'no answer');
const otherKey = new SlaError('host-key-changed', 'db shows the host key SHA256:new');
const [old, fresh] = [hostOf(true), hostOf(false)];

/** What a client does, answer by answer; the last one stays. */
function deliveryOf(answers: readonly Answer[], changes: Partial<ClientDelivery> = {}) {
  const looked: Host[] = [];
  let at = 0;
  const delivery: ClientDelivery = {
    open: async () => {
      const answer = answers[Math.min(at, answers.length - 1)] ?? silent;
      at += 1;
      if (answer instanceof SlaError) throw answer;
      return answer;
    },
    confirmNewKey: async () => undefined,
    letUsIn: async () => undefined,
    insistOnDelivered: async (host) => void looked.push(host),
    everyMs: 1,
    refusedEveryMs: 1,
    waitMs: 200,
    startMs: 20,
    signal: new AbortController().signal,
    ...changes,
  };
  return { looked, replacement: replacedByClient(delivery) };
}

const narrate = () => undefined;

describe('a host that the client delivers again', () => {
  test('is waited for through silence and as long as the old one answers, then compared', async () => {
    const { looked, replacement } = deliveryOf([old, silent, silent, fresh]);
    await replacement.replace('db', narrate);
    expect(looked).toEqual([fresh]);
  });

  test('with a new key is taken once a person has confirmed it', async () => {
    const { looked, replacement } = deliveryOf([otherKey, fresh]);
    await replacement.replace('db', narrate);
    expect(looked).toEqual([fresh]);
  });

  test('with a new key that nobody confirms is refused', async () => {
    const confirmNewKey = () => Promise.reject(otherKey);
    const { looked, replacement } = deliveryOf([otherKey], { confirmNewKey });
    await expect(replacement.replace('db', narrate)).rejects.toBe(otherKey);
    expect(looked).toEqual([]);
  });

  test('that is not as delivered is an error', async () => {
    const insistOnDelivered = async () => {
      throw new SlaError('state-differs', 'a package is missing');
    };
    const { replacement } = deliveryOf([fresh], { insistOnDelivered });
    await expect(replacement.replace('db', narrate)).rejects.toMatchObject({ code: 'state-differs' });
  });

  test('that refuses us while it is made ready is let be, and is entered by other means afterwards', async () => {
    const refused = new SlaError('login-refused', 'db refuses admin');
    const asked: SlaError[] = [];
    const letUsIn = async (_: string, error: SlaError) => void asked.push(error);
    const ready = deliveryOf([silent, refused, fresh], { letUsIn });
    await ready.replacement.replace('db', narrate);
    expect([ready.looked, asked]).toEqual([[fresh], []]);
    const closed = deliveryOf([refused], {
      letUsIn: async (_, error) => {
        throw error;
      },
    });
    await expect(closed.replacement.replace('db', narrate)).rejects.toBe(refused);
  });

  test('is no longer waited for once somebody interrupts', async () => {
    const controller = new AbortController();
    const { replacement } = deliveryOf([silent], { signal: controller.signal, waitMs: 60_000 });
    const running = replacement.replace('db', narrate);
    controller.abort(new SlaError('interrupted', 'Ctrl-C'));
    await expect(running).rejects.toMatchObject({ code: 'interrupted' });
  });

  test('that never comes is given up in time, with the command that goes on', async () => {
    const { replacement } = deliveryOf([silent], { waitMs: 20 });
    await expect(replacement.replace('db', narrate)).rejects.toMatchObject({
      code: 'host-unreachable',
      remedy: expect.stringContaining('./sla rebuild db'),
    });
  });
});

test('an old host that does not answer need not be marked', async () => {
  await deliveryOf([silent]).replacement.markOld?.('db');
});
