import { join } from 'node:path';
import { labPath } from '../../core/state.ts';
import type { Context } from '../context.ts';

/** Enough of a context to know where things lie. */
export type Where = Pick<Context, 'state' | 'config'>;

/** Goes with its lab. */
export const journalFolder = ({ state, config }: Where): string => labPath(state, config.lab.name, 'rebuild');

/** Outside the folder of the lab: what was saved outlives it. */
export const copiesFolder = ({ state, config }: Where): string => join(state.path, 'copies', config.lab.name);
