import type { HostName } from '../../core/application.ts';
import type { Replacement } from '../../rebuild/types.ts';
import type { Context } from '../context.ts';

type Narrate = (line: string) => void;

/** What a rebuild needs of where the hosts come from. */
export interface RebuildTarget {
  readonly context: Context;
  readonly replacement: Replacement;
  /** Waits until a new host has started, and starts what of the application is down there. */
  boot(host: HostName, narrate: Narrate): Promise<unknown>;
  /** Makes what runs on docker; undefined where nothing of ours runs there. */
  readonly monitoring: ((narrate: Narrate) => Promise<unknown>) | undefined;
}
