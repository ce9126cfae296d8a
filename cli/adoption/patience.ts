import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf, SlaError } from '../../core/errors.ts';

export interface Patience {
  readonly narrate: (line: string) => void;
  readonly everyMs: number;
  readonly atMostMs: number;
}

/**
 * Opens a connection again as long as the host resets it: sshd 9.8 and later turns a source away for some seconds
 * after connections that ended without a login (`PerSourcePenalties`), as looks at a key and refused keys do.
 */
export async function patiently<T>(
  open: () => Promise<T>,
  { narrate, everyMs, atMostMs }: Patience,
): Promise<T> {
  const deadline = performance.now() + atMostMs;
  for (let isFirst = true; ; isFirst = false) {
    try {
      return await open();
    } catch (thrown) {
      if (!isTurnedAway(thrown) || performance.now() > deadline) throw thrown;
      if (isFirst) narrate(`${messageOf(thrown)}: its sshd turns us away after refused logins; waiting`);
      await sleep(everyMs);
    }
  }
}

const isTurnedAway = (thrown: unknown): boolean =>
  thrown instanceof SlaError &&
  thrown.code === 'host-unreachable' &&
  /ECONNRESET|before handshake/.test(messageOf(thrown.cause));

export const untilForgiven = (narrate: (line: string) => void): Patience => ({
  narrate,
  everyMs: 2000,
  atMostMs: 60_000,
});
