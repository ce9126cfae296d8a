import type { StateFolder } from './state.ts';

export interface Argument {
  readonly name: string;
  readonly description: string;
  readonly isOptional?: boolean;
  /** Takes one or more words, each one of the choices. */
  readonly isRepeatable?: boolean;
  /** Takes all remaining words, flags among them. */
  readonly takesRest?: boolean;
  readonly choices?: readonly string[];
}

export interface Flag {
  /** As commander writes it: `--lines COUNT`, `--all`. */
  readonly usage: string;
  readonly description: string;
  readonly parse?: (text: string) => unknown;
}

/** What a command came to: `result` for `--json`, `text` for a person. */
export interface Outcome {
  readonly result: unknown;
  readonly text: string;
  /** Other than 0 only when the finding itself is bad news, not when the command failed. */
  readonly exitStatus?: number;
}

/** One verb of the command line. Help, the reference page, `--json` and `--dry-run` come from it. */
export interface Command<Context> {
  readonly name: string;
  readonly summary: string;
  readonly example: string;
  /** Such a command takes `--dry-run`. */
  readonly changesState: boolean;
  /** Such a command takes the lock of its lab: only one runs at a time. */
  readonly isExclusive?: boolean;
  /** The one target it makes sense for, and what to do for the other, as a remedy. */
  readonly onlyFor?: { readonly target: 'lab' | 'adopted'; readonly instead: string };
  readonly arguments?: readonly Argument[];
  readonly flags?: readonly Flag[];
  run(context: Context, given: Given): Promise<Outcome>;
}

export interface Given {
  /** By name; a missing optional argument is absent, the rest is a list. */
  readonly arguments: Readonly<Record<string, string | readonly string[]>>;
  /** By camel-cased name. */
  readonly flags: Readonly<Record<string, unknown>>;
}

/** A piece of work with a name, shown with its progress and its time. */
export interface Stage {
  readonly title: string;
  /** A person may be asked meanwhile: nothing on the screen moves then. */
  readonly mayAsk?: boolean;
  run(narrate: (line: string) => void): Promise<void>;
}

export interface CommonContext {
  readonly state: StateFolder;
  readonly isDryRun: boolean;
  /** For a person, on stderr. */
  readonly narrate: (line: string) => void;
  /** Runs groups one after the other, the stages of a group side by side. */
  readonly runStages: (groups: readonly (readonly Stage[])[]) => Promise<void>;
  /** Aborted by Ctrl-C, with what the command then ends with: for what waits longer than a person would. */
  readonly signal: AbortSignal;
}
