import type { ObjectivesMet } from './drill/objectives.ts';

/** The stores of the application that are worth a copy. */
export const storeNames = ['postgres', 'redis'] as const;
export type StoreName = (typeof storeNames)[number];

/** What a rebuild needs of whoever saves a store; how it is saved is the adapter's own business. */
export interface StoreBackup {
  readonly store: StoreName;
  /** Whether it can be saved now. */
  answers(): Promise<boolean>;
  /** Writes all that the store holds into an empty folder. Nothing may write to the store meanwhile. */
  save(folder: string): Promise<void>;
  /**
   * Makes the store hold what the folder holds and nothing else, and leaves it running. Whatever the store held
   * before, an interrupted restore included, is gone.
   */
  restore(folder: string): Promise<void>;
}

/** One file of a copy as it was written. */
export interface FileSum {
  readonly bytes: number;
  readonly sha256: string;
}

/** What stores held at one instant, in a folder that is there whole or not at all. */
export interface Copy {
  readonly folder: string;
  /** UTC, ISO 8601. */
  readonly takenAt: string;
  readonly stores: readonly StoreName[];
  /** By path in the folder. */
  readonly files: Readonly<Record<string, FileSum>>;
}

/** What pgBackRest calls full, diff and incr. */
export const backupKinds = ['full', 'differential', 'incremental'] as const;
export type BackupKind = (typeof backupKinds)[number];

/** One backup of PostgreSQL in the repository. */
export interface Backup {
  /** As the engine names it: `20261121-024700F`, `20261121-024700F_20261121-100000I`. */
  readonly label: string;
  readonly kind: BackupKind;
  /** Labels of the backups it cannot do without, oldest first. */
  readonly needs: readonly string[];
  /** UTC milliseconds. */
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  /** Of the cluster, in bytes, and what this backup added to the repository. */
  readonly clusterBytes: number;
  readonly addedBytes: number;
  /** WAL positions between which it is consistent. */
  readonly startLsn: string;
  readonly stopLsn: string;
  /** First and last WAL segment that it needs itself. */
  readonly startSegment: string;
  readonly stopSegment: string;
  /** The engine noticed damaged pages while it copied them. */
  readonly hasDamage: boolean;
}

/** What the repository holds. */
export interface RepositoryContent {
  /** Oldest first. */
  readonly backups: readonly Backup[];
  /** WAL that follows without a gap: names of the first and the last segment of each run, oldest first. */
  readonly archive: readonly SegmentRun[];
  /** Where timelines began, oldest first; the first timeline is not among them. */
  readonly forks: readonly Fork[];
}

export interface SegmentRun {
  readonly first: string;
  readonly last: string;
  /** UTC milliseconds at which the last one was archived: what was committed later is not in the run. */
  readonly untilMs?: number;
}

/** A timeline that a promotion began. */
export interface Fork {
  readonly timeline: number;
  readonly parent: number;
  /** Up to here both are the same. */
  readonly lsn: string;
  /** UTC milliseconds at which the archive heard of it, where that is known. */
  readonly atMs?: number;
}

/** The instant to which PostgreSQL is restored. */
export type RestoreTarget =
  | { readonly kind: 'latest' }
  /** A restore point that a cut made. */
  | { readonly kind: 'cut'; readonly cut: Cut }
  /** The last commit at or before it. */
  | { readonly kind: 'instant'; readonly atMs: number };

/** Where backups of PostgreSQL lie. Another engine is another adapter. */
export interface Repository {
  content(): Promise<RepositoryContent>;
  /** Makes a backup; `narrate` hears how far it is. Gives its label. */
  backUp(kind: BackupKind, narrate: (line: string) => void): Promise<string>;
  /** Reads every byte of the repository and compares checksums; the problems, a sentence each. */
  verify(): Promise<readonly string[]>;
  /** Removes backups by their labels, and the WAL that nothing needs any more. */
  remove(labels: readonly string[]): Promise<void>;
  /** Waits until everything written up to this moment is in the archive. */
  flushArchive(): Promise<void>;
}

/** One labelled instant across PostgreSQL and Redis, as it is kept in `cut.json` of its folder. */
export interface Cut {
  readonly format: 1;
  /** Unique: what it was asked for by, or the instant. */
  readonly label: string;
  /** UTC milliseconds by the clock of db, at the restore point. */
  readonly atMs: number;
  readonly postgres: {
    /** Name of the restore point. */
    readonly restorePoint: string;
    readonly lsn: string;
    readonly timeline: number;
    /** The newest backup at that moment, from which the cut can be reached. */
    readonly backup: string;
  };
  readonly redis: {
    readonly replicationId: string;
    /** Bytes of the replication stream that the snapshot contains. */
    readonly replicationOffset: number;
  };
  /** What was accepted up to here, see the journal of votes. */
  readonly journalSequence: number;
  /** How long writes of Redis were held, in milliseconds. */
  readonly pausedMs: number;
  /** Digest of its fingerprint. */
  readonly digest: string;
  /** Files of its folder, encrypted, by name. */
  readonly files: Readonly<Record<string, FileSum>>;
}

/** What a drill found. The third is never shown as a success. */
export type DrillVerdict =
  | { readonly kind: 'proven' }
  | { readonly kind: 'failed'; readonly reasons: readonly string[] }
  | { readonly kind: 'could not verify'; readonly reason: string };

/** One restore into scratch stores, with what it took. */
export interface Drill {
  readonly cut: string;
  readonly startedAtMs: number;
  readonly verdict: DrillVerdict;
  /** It was given a damaged copy on purpose: only a failure is right. */
  readonly isControl: boolean;
  /** By stage, in milliseconds. */
  readonly took: readonly { readonly stage: string; readonly ms: number }[];
  /** What was done to the copy of a control, and the seed that does it again. */
  readonly damage?: { readonly seed: number; readonly what: string };
  /** How long it took against what the team promises itself; no part of the verdict. */
  readonly objectives: ObjectivesMet;
  /** Checks that had nothing to ask, a sentence each. */
  readonly notes: readonly string[];
}
