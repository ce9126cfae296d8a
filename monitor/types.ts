import type { ComponentName, HostName } from '../core/application.ts';
import type { ErrorCode } from '../core/errors.ts';

/** What one look at a component found. */
export interface ComponentState {
  readonly name: ComponentName;
  readonly host: HostName;
  readonly up: boolean;
  /** Why it is down, in a few words. */
  readonly reason?: string;
  /** What cannot do its work because of it. */
  readonly affects?: readonly ComponentName[];
}

export interface HostState {
  readonly name: HostName;
  readonly address: string;
  readonly reachable: boolean;
  readonly reason?: string;
  /** The code of the reason, where it is an error of ours. */
  readonly code?: ErrorCode;
}

/** Pages of the application, from the path the client uses. */
export interface PageUrls {
  readonly vote: string;
  readonly result: string;
}

/** Votes per choice, as the result page shows them. */
export interface Scores {
  readonly a: number;
  readonly b: number;
}
