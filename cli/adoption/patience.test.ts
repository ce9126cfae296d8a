import { expect, test } from 'vitest';
import { SlaError } from '../../core/errors.ts';
import { patiently } from './patience.ts';

const reset = () => new SlaError('host-unreachable', 'no db', { cause: new Error('read ECONNRESET') });

/** A host that throws these, one after the other, before it lets us in. */
const opening = (...thrown: unknown[]) => {
  const said: string[] = [];
  const open = async () => {
    const next = thrown.shift();
    if (next) throw next;
    return 'in';
  };
  return {
    said,
    open,
    patience: { narrate: (line: string) => void said.push(line), everyMs: 1, atMostMs: 50 },
  };
};

test('a host that turns us away for a while is asked again, and a person is told once', async () => {
  const { said, open, patience } = opening(reset(), reset());
  expect(await patiently(open, patience)).toBe('in');
  expect(said).toEqual([expect.stringContaining('no db')]);
});

test('what is final is final at once, and patience ends', async () => {
  const refused = new SlaError('login-refused', 'no');
  const { open, patience } = opening(refused);
  await expect(patiently(open, patience)).rejects.toBe(refused);
  await expect(patiently(() => Promise.reject(reset()), patience)).rejects.toMatchObject({
    code: 'host-unreachable',
  });
});
