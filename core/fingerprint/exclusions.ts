/** What a fingerprint leaves out. It is data, kept with the fingerprint, so that nothing is left out in silence. */
export interface Exclusions {
  /** Rows whose column begins with the prefix. A table or a column that is missing excludes nothing. */
  readonly rows: readonly { readonly table: string; readonly column: string; readonly prefix: string }[];
  /** Items of a Redis list (in every database) whose JSON field begins with the prefix. */
  readonly items: readonly { readonly key: string; readonly field: string; readonly prefix: string }[];
  /** Names of PostgreSQL settings; a final `*` stands for any end. */
  readonly settings: readonly string[];
  /** Names of Redis settings. Those that hold a secret are never read, whatever stands here. */
  readonly redisSettings: readonly string[];
}

const probePrefix = 'sla-probe-';

/**
 * The votes of the suite's own voters, and settings that differ between a server and its exact restoration:
 * where its files lie, how it was told to recover, and whether anybody receives its WAL at the moment.
 */
export const defaultExclusions: Exclusions = {
  rows: [{ table: 'public.votes', column: 'id', prefix: probePrefix }],
  items: [{ key: 'votes', field: 'voter_id', prefix: probePrefix }],
  settings: [
    'data_directory',
    'hba_file',
    'ident_file',
    'external_pid_file',
    'restore_command',
    'archive_cleanup_command',
    'recovery_*',
    'primary_conninfo',
    'primary_slot_name',
    'synchronous_standby_names',
  ],
  redisSettings: ['dir', 'pidfile', 'logfile'],
};

/** Whether `name` is one of `patterns`, or begins as one that ends with `*`. */
export const isListed = (name: string, patterns: readonly string[]): boolean =>
  patterns.some((pattern) =>
    pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern,
  );
