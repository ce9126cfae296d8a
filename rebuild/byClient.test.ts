import { describe, expect, test } from 'vitest';
import { SlaError } from '../core/errors.ts';
import type { Host } from '../core/host.ts';
import { type ClientDelivery, replacedByClient } from './byClient.ts';

/** A host that carries the mark of the old one, or not. */
const hostOf = (isOld: boolean): Host => ({
  name: 'db',
  query: async () => ({ exitCode: isOld ? 0 : 1, stdout: '', stderr: '' }),
  exec: async () => ({ exitCode: 0, stdout: '', stderr: '' }),
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
    confirmNewKey: async () => true,
    insistOnDelivered: async (host) => void looked.push(host),
    everyMs: 1,
    waitMs: 200,
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
    const { looked, replacement } = deliveryOf([otherKey], { confirmNewKey: async () => false });
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

  test('that never comes is given up in time, with the command that goes on', async () => {
    const { replacement } = deliveryOf([silent], { waitMs: 20 });
    await expect(replacement.replace('db', narrate)).rejects.toMatchObject({
      code: 'host-unreachable',
      remedy: expect.stringContaining('./sla rebuild db'),
    });
  });
});

test('an old host that does not answer need not be marked', async () => {
  await deliveryOf([silent]).replacement.prepare('db', narrate);
});
