import { holderHere, takeLock } from '../core/lock.ts';
import { labPath } from '../core/state.ts';
import type { Context } from './context.ts';

/** Only one command at a time changes a lab. Error: `lab-busy`, naming the holder. */
export const lockOf = ({ state, config }: Pick<Context, 'state' | 'config'>, command: string): Disposable =>
  takeLock(labPath(state, config.lab.name, 'lock'), `lab ${config.lab.name}`, holderHere(`sla ${command}`));
