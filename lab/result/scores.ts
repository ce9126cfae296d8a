export interface Row {
  readonly vote: string;
  /** PostgreSQL counts in bigint, which its driver hands over as text. */
  readonly count: string;
}

export interface Database {
  query(text: string): Promise<readonly Row[]>;
}

export type Scores = Readonly<Record<string, number>>;

/** Both options are always there, also before anyone voted. */
export function foldScores(rows: readonly Row[]): Scores {
  return { a: 0, b: 0, ...Object.fromEntries(rows.map(({ vote, count }) => [vote, Number(count)])) };
}

/** One round: the counts go out as a JSON string. A failing query is logged, and the pages keep what they show. */
export async function publishScores(
  database: Database,
  publish: (scores: string) => void,
  log: (line: string) => void,
): Promise<void> {
  try {
    const rows = await database.query('SELECT vote, COUNT(id) AS count FROM votes GROUP BY vote');
    publish(JSON.stringify(foldScores(rows)));
  } catch (error) {
    log(`Error performing query: ${error}`);
  }
}
