import { chmodSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Event, EventKind } from '../events.ts';
import { flush } from '../state.ts';

/** An event with its place in the ledger: 1 for the first, never given twice. */
export type Recorded<K extends EventKind = EventKind> = Event<K> & { readonly sequence: number };

/** Everything that happened, in order. Nothing is ever changed or removed. */
export interface Ledger extends Disposable {
  /** Of this ledger and its copies, and of no other. */
  readonly name: string;
  /** On the disk when it returns, all of them or none. Gives how many were new: those with a known id are not. */
  append(events: readonly Event[]): number;
  /** Events behind a place, oldest first, at most `limit`. */
  after(sequence: number, limit: number): readonly Recorded[];
  /** Events of some kinds, oldest first, read as they are asked for. */
  ofKinds<K extends EventKind>(kinds: readonly K[]): Iterable<Recorded<K>>;
  /** Place of the last event; 0 when there is none. */
  last(): number;
  /** Writes a copy as of one instant, whole or not at all. */
  copyTo(path: string): void;
}

/**
 * Opens the ledger at `path`, or begins it. A process that was killed, or a host that lost its power, leaves what
 * `append` returned for, and of the rest only whole appends.
 */
export function openLedger(path: string, pageBytes = 4096): Ledger {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const database = new DatabaseSync(path, { timeout: 5000 });
  database.exec(`PRAGMA page_size = ${pageBytes}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL`);
  database.exec(schema);
  const insert = database.prepare(
    'INSERT INTO events (id, at_ms, kind, data) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO NOTHING',
  );
  const later = database.prepare('SELECT * FROM events WHERE sequence > ? ORDER BY sequence LIMIT ?');
  const highest = database.prepare('SELECT coalesce(max(sequence), 0) AS sequence FROM events');
  const name = String(database.prepare('SELECT name FROM about').get()?.name);
  return {
    name,
    append: (events) => inTransaction(database, () => added(insert, events)),
    after: (sequence, limit) => later.all(sequence, limit).map(recordedFrom),
    ofKinds: <K extends EventKind>(kinds: readonly K[]) =>
      database
        .prepare(`SELECT * FROM events WHERE kind IN (${kinds.map(() => '?').join(', ')}) ORDER BY sequence`)
        .iterate(...kinds)
        .map((row) => recordedFrom(row) as Recorded<K>),
    last: () => Number(highest.get()?.sequence),
    copyTo: (copy) => copyWhole(database, copy),
    [Symbol.dispose]: () => database.close(),
  };
}

// AUTOINCREMENT: a place is never given again, so that whoever reads on from one misses nothing.
const schema = `
  CREATE TABLE IF NOT EXISTS events (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    at_ms INTEGER NOT NULL,
    kind TEXT NOT NULL,
    data TEXT NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS events_by_kind ON events (kind, sequence);
  CREATE TABLE IF NOT EXISTS about (name TEXT NOT NULL) STRICT;
  INSERT INTO about SELECT lower(hex(randomblob(6))) WHERE NOT EXISTS (SELECT 1 FROM about);
`;

/** Whether SQLite found that a file is no ledger, or a damaged one. */
export const isDamage = (thrown: unknown): boolean =>
  thrown instanceof Error && 'errcode' in thrown && (thrown.errcode === 11 || thrown.errcode === 26);

type Statement = ReturnType<DatabaseSync['prepare']>;

const added = (insert: Statement, events: readonly Event[]): number =>
  events.reduce(
    (count, { id, atMs, kind, data }) =>
      count + Number(insert.run(id, atMs, kind, JSON.stringify(data)).changes),
    0,
  );

function inTransaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (thrown) {
    // A full disk may have rolled it back already.
    if (database.isTransaction) database.exec('ROLLBACK');
    throw thrown;
  }
}

const recordedFrom = ({ sequence, id, at_ms, kind, data }: Record<string, unknown>): Recorded =>
  ({
    sequence: Number(sequence),
    id: String(id),
    atMs: Number(at_ms),
    kind,
    data: JSON.parse(String(data)),
  }) as Recorded;

/** Beside its place first: whoever reads the copy meanwhile has the one before. */
function copyWhole(database: DatabaseSync, path: string): void {
  const draft = `${path}.new`;
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  rmSync(draft, { force: true });
  database.prepare('VACUUM INTO ?').run(draft);
  chmodSync(draft, 0o600);
  flush(draft);
  renameSync(draft, path);
  flush(dirname(path));
}
