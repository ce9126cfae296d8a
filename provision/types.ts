import type { ComponentName, HostName } from '../core/application.ts';
import type { RemoteResult } from '../core/host.ts';
import type { Argv } from '../core/shell.ts';
import type { SectionName } from './inventory/types.ts';
import type { Content } from './secret.ts';

/** What can be asked of a host. All questions of all steps travel in one script, grouped by kind. */
export type Ask =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'package'; readonly name: string }
  | { readonly kind: 'unit'; readonly name: string }
  | { readonly kind: 'container'; readonly name: string }
  /** A command that only reads; what it prints on stderr comes with its output. */
  | { readonly kind: 'command'; readonly argv: Argv };

export interface FileFact {
  readonly text: string;
  /** Four octal digits. */
  readonly mode: string;
  /** As chown takes it: `root:root`. */
  readonly owner: string;
}

export interface UnitFact {
  /** `loaded`, `not-found`, `masked` … */
  readonly load: string;
  readonly active: string;
  /** `enabled`, `disabled`, `static` …; empty for a unit that does not exist. */
  readonly unitFile: string;
  readonly needsReload: boolean;
}

/** The answers to what was asked; asking for anything else is a bug and throws. */
export interface Facts {
  file(path: string): FileFact | undefined;
  /** The installed version. */
  package(name: string): string | undefined;
  unit(name: string): UnitFact;
  /** As `docker inspect` prints it. */
  container(name: string): unknown;
  command(argv: Argv): RemoteResult;
  /** Names of the handlers that an earlier run owed and did not get to. */
  readonly owed: readonly string[];
}

/** Something done to a host. `what` is for the plan; a secret never stands in an argv. */
export type Change =
  | { readonly kind: 'install'; readonly what: string; readonly package: string }
  | PutChange
  | UploadChange
  | RunChange;

export interface PutChange {
  readonly kind: 'put';
  readonly what: string;
  readonly path: string;
  readonly content: Content;
  readonly mode: string;
  readonly owner: string;
  /** Run with the new file in place; when it fails, the old one comes back. */
  readonly check?: Argv;
  /** The lines that differ, for the plan. */
  readonly detail?: readonly string[];
}

/** A file of this machine. */
export interface LocalFile {
  readonly from: string;
  readonly bytes: number;
  readonly sha256: string;
}

/**
 * A file that is too large to be part of a script. It is brought beside its place while other things are done, and
 * put there in its turn.
 */
export interface UploadChange {
  readonly kind: 'upload';
  readonly what: string;
  readonly path: string;
  readonly file: LocalFile;
  readonly mode: string;
  readonly owner: string;
}

export interface RunChange {
  readonly kind: 'run';
  readonly what: string;
  readonly run: Argv;
  /** The change undoes itself unless a session opened after it runs this. */
  readonly confirm?: Argv;
}

/** Something to do once after any of the changes that call for it: reload, restart. */
export interface Handler {
  /** Letters, digits, dots, `@` and hyphens: it is a file name on the host while it is owed. */
  readonly name: string;
  readonly what: string;
  readonly run: Argv;
  /** Runs before the others: what they restart must be read from disk first. */
  readonly isEarly?: boolean;
  /** Components that keep a connection to what is restarted and never make a new one. */
  readonly breaks?: readonly ComponentName[];
}

/** What an inventory of the host shows once a step holds. */
export type Declaration =
  /** `undefined`: it is not there. Of things with properties the item is `NAME PROPERTY`. */
  | {
      readonly kind: 'item';
      readonly section: SectionName;
      readonly item: string;
      readonly value: string | undefined;
    }
  /** A package, of whatever version, with all that it needs and brings. */
  | { readonly kind: 'package'; readonly name: string }
  /** A delivered file, changed. */
  | { readonly kind: 'edit'; readonly path: string; edit(text: string): string };

/** One property of a host. `diff` is pure, and an empty list means that the host has the property. */
export interface Step {
  /** The desired state. */
  readonly name: string;
  readonly why: string;
  readonly asks: readonly Ask[];
  diff(facts: Facts): readonly Change[];
  readonly handlers?: readonly Handler[];
  readonly declares?: readonly Declaration[];
}

/** Steps whose facts do not depend on each other's changes; what a later phase reads may. */
export interface Phase {
  readonly name: string;
  readonly steps: readonly Step[];
  /** Hosts that must be as declared before: where several converge at a time, it comes when all are through. */
  readonly after?: readonly HostName[];
}

/** Everything declared for one host, in order. */
export interface Role {
  readonly host: HostName;
  readonly phases: readonly Phase[];
}
