import type { HostName } from '../core/application.ts';
import type { Host } from '../core/host.ts';

/** Everything that a rebuild may consist of. */
export const stageKinds = [
  'hold',
  'save',
  'replace',
  'boot',
  'settings',
  'restore',
  'certify',
  'release',
  'vote',
  'converge',
  'monitoring',
  'final vote',
] as const;
export type StageKind = (typeof stageKinds)[number];

export interface PlannedStage {
  readonly kind: StageKind;
  /** What it does, for a person who is asked whether it may. */
  readonly what: string;
}

/** How a host is replaced by the one that was delivered. The new one has the old one's address. */
export interface Replacement {
  /** What is destroyed, and by whom. */
  what(name: HostName): string;
  /** Whether a person may be asked while it is replaced. */
  readonly mayAsk?: true;
  /** All that can be done while the old host still stands. */
  prepare?(name: HostName, narrate: (line: string) => void): Promise<void>;
  /** Called once, right before the old host counts as gone. */
  markOld?(name: HostName): Promise<void>;
  /** Safe to repeat after any interruption. Ends when the new host exists; it need not answer yet. */
  replace(name: HostName, narrate: (line: string) => void): Promise<void>;
}

/** What the certificate at the end came to. */
export type Verdict =
  | { readonly kind: 'identical'; readonly digest: string }
  /** Nothing was held back: these votes came while the host was replaced, and nothing else changed. */
  | { readonly kind: 'votes only'; readonly digest: string; readonly text: string }
  | { readonly kind: 'different'; readonly text: string }
  | { readonly kind: 'not certified'; readonly reason: string };

/** Opens a session of its own; whoever asked closes it. */
export type OpenHost = (name: HostName) => Promise<Host>;
