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
