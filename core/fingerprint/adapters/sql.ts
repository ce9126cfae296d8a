/** One row of text: every column is cast to text by the query, so that no client library interprets it. */
export type SqlRow = Readonly<Record<string, string | null>>;

/** One session of a database, not a pool: a transaction spans several queries. */
export interface Sql {
  /** Runs one statement; its rows. */
  query(text: string): Promise<readonly SqlRow[]>;
}

/** Any text as a literal, under standard_conforming_strings. */
export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

export const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** A column that the query casts to text and that is never NULL. */
export function textOf(row: SqlRow, column: string): string {
  const text = row[column];
  if (typeof text !== 'string') throw new Error(`a row came without a text in ${column}`);
  return text;
}
