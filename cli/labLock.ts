import { type Holder, holderHere, holderOf, takeLock } from '../core/lock.ts';
import { labPath } from '../core/state.ts';
import type { Context } from './context.ts';

/** Only one command at a time changes a lab. Error: `lab-busy`, naming the holder. */
export const lockOf = ({ state, config }: Pick<Context, 'state' | 'config'>, command: string): Disposable =>
  takeLock(pathOf({ state, config }), `lab ${config.lab.name}`, holderHere(`sla ${command}`));

/** The command that changes a lab at this moment. */
export const lockHolder = (context: Pick<Context, 'state' | 'config'>): Holder | undefined =>
  holderOf(pathOf(context));

const pathOf = ({ state, config }: Pick<Context, 'state' | 'config'>): string =>
  labPath(state, config.lab.name, 'lock');
