import { io } from 'socket.io-client';
import type { Scores } from '../types.ts';

export interface ScoreWatch extends AsyncDisposable {
  /** The next scores that fit, the last ones seen included; undefined when none come in time. */
  next(fits: (scores: Scores) => boolean, timeoutMs: number): Promise<Scores | undefined>;
}

/** Follows the result page as a browser does. */
export function watchScores(url: string): ScoreWatch {
  const socket = io(url, { transports: ['websocket'], reconnection: true, reconnectionDelay: 200 });
  const waiting = new Set<(scores: Scores) => void>();
  let last: Scores | undefined;
  socket.on('scores', (text: string) => {
    last = JSON.parse(text) as Scores;
    for (const hear of waiting) hear(last);
  });
  return {
    next: (fits, timeoutMs) => {
      if (last && fits(last)) return Promise.resolve(last);
      const { promise, resolve } = Promise.withResolvers<Scores | undefined>();
      const timer = setTimeout(() => resolve(undefined), timeoutMs);
      const hear = (scores: Scores) => {
        if (fits(scores)) resolve(scores);
      };
      waiting.add(hear);
      return promise.finally(() => {
        clearTimeout(timer);
        waiting.delete(hear);
      });
    },
    [Symbol.asyncDispose]: async () => void socket.disconnect(),
  };
}
