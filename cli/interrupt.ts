import { SlaError } from '../core/errors.ts';

/**
 * Ends with `interrupted` on the first Ctrl-C, once what was running has stopped; at once on the second. `work`
 * gets a signal, aborted with that error, so that it starts nothing new.
 */
export async function interruptible<T>(
  work: (signal: AbortSignal) => Promise<T>,
  narrate: (line: string) => void,
): Promise<T> {
  const interrupted = new SlaError('interrupted', 'the command was interrupted', {
    remedy: 'run the same command again: it goes on from where it stopped',
  });
  const controller = new AbortController();
  const running = work(controller.signal);
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = () => {
    narrate('stopping; what is running gets up to 30 s to stop cleanly (Ctrl-C again: at once)');
    controller.abort(interrupted);
    const giveUp = () => reject(interrupted);
    running.then(giveUp, giveUp);
    setTimeout(giveUp, 30_000).unref();
    process.once('SIGINT', () => process.exit(interrupted.exitStatus));
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', () => process.kill(process.pid, 'SIGINT'));
  // Behind the line above, so that a failure which the interrupt caused is not the one that is told.
  const settled = running.finally(() => new Promise((resolve) => setImmediate(resolve)));
  return Promise.race([promise, settled]);
}
