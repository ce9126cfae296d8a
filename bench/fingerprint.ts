/**
 * A fingerprint of many votes: how long, and how much memory in this process.
 *
 *   node bench/fingerprint.ts [--rows 10000000] [--runs 3] [--port PORT] [--variants]
 *
 * Without --port it starts a PostgreSQL of its own and removes it. With --port the table public.votes of that
 * server's database `postgres` is used, and made when it is not there. --variants compares other ways to hash.
 */
import { cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { openSnapshot } from '../core/fingerprint/adapters/postgres.ts';
import { readRedis } from '../core/fingerprint/adapters/redis.ts';
import type { Sql } from '../core/fingerprint/adapters/sql.ts';
import { defaultExclusions } from '../core/fingerprint/exclusions.ts';
import {
  connectPostgres,
  connectRedis,
  isRedisInstalled,
  startPostgres,
  startRedis,
} from '../core/fingerprint/real/servers.ts';
import { totalOf } from '../core/fingerprint/sums.ts';

const { values: given } = parseArgs({
  options: {
    rows: { type: 'string', default: '10000000' },
    runs: { type: 'string', default: '3' },
    port: { type: 'string' },
    variants: { type: 'boolean', default: false },
  },
});

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const mebibytes = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MiB`;

print(`${cpus().length} × ${cpus()[0]?.model.trim()}, ${mebibytes(totalmem())}, Node ${process.version}`);

async function benchPostgres(): Promise<void> {
  await using server = given.port === undefined ? await startPostgres() : undefined;
  await using sql = await connectPostgres(server?.port ?? Number(given.port));
  await makeVotes(sql, Number(given.rows));
  const rssBefore = process.memoryUsage.rss();
  const seconds: number[] = [];
  for (let run = 0; run < Number(given.runs); run += 1) {
    const began = performance.now();
    const rows = await takeFingerprint(sql);
    seconds.push((performance.now() - began) / 1000);
    print(`fingerprint of ${rows} votes: ${seconds.at(-1)?.toFixed(2)} s`);
  }
  const peak = process.resourceUsage().maxRSS * 1024;
  print(`median ${median(seconds).toFixed(2)} s; this process: ${mebibytes(peak)} at its peak`);
  print(
    `  of which the fingerprints: ${mebibytes(peak - rssBefore)}, Node and the clients: ${mebibytes(rssBefore)}`,
  );
  if (given.variants) await benchVariants(sql);
}

async function takeFingerprint(sql: Sql): Promise<number> {
  await using snapshot = await openSnapshot(sql, { exclusions: defaultExclusions });
  const { tables } = await snapshot.state();
  return totalOf(tables.find(({ name }) => name === 'public.votes')?.buckets ?? []).rows;
}

async function makeVotes(sql: Sql, rows: number): Promise<void> {
  const [found] = await sql.query(`SELECT to_regclass('public.votes')::text AS votes`);
  if (found?.votes) return;
  await sql.query('CREATE TABLE votes (id varchar(255) NOT NULL, vote varchar(255) NOT NULL)');
  await sql.query(`INSERT INTO votes SELECT left(md5(n::text), 15), CASE n % 3 WHEN 0 THEN 'a' ELSE 'b' END
    FROM generate_series(1, ${rows}) AS n`);
  await sql.query('ALTER TABLE votes ADD UNIQUE (id)');
  await sql.query('VACUUM ANALYZE votes');
}

/** Each gives k, a, b: the bucket and two lanes. LIMIT ALL keeps a level apart from the next one. */
const variants: Readonly<Record<string, string>> = {
  'nothing but the scan': 'SELECT 1::bigint AS k, 1::bigint AS a, 1::bigint AS b FROM votes t',
  'row as text once, two seeds (taken)': `SELECT hashtextextended(k, 0) & 1023 AS k, hashtextextended(r, 1) AS a,
    hashtextextended(r, 2) AS b FROM (SELECT id AS k, (t.*)::text AS r FROM votes t LIMIT ALL) AS x`,
  'row as text for each lane': `SELECT hashtextextended(id, 0) & 1023 AS k, hashtextextended((t.*)::text, 1) AS a,
    hashtextextended((t.*)::text, 2) AS b FROM votes t`,
  'columns as a chain of seeds': `SELECT hashtextextended(id, 0) & 1023 AS k,
    hashtextextended(vote, hashtextextended(id, 1)) AS a, hashtextextended(vote, hashtextextended(id, 2)) AS b FROM votes t`,
  'hash_record_extended, hashed again': `SELECT hashtextextended(id, 0) & 1023 AS k,
    hashint8extended(hash_record_extended(t, 1), 3) AS a, hashint8extended(hash_record_extended(t, 2), 4) AS b FROM votes t`,
  'md5 of the row as text': `SELECT hashtextextended(k, 0) & 1023 AS k, ('x' || left(m, 16))::bit(64)::bigint AS a,
    ('x' || right(m, 16))::bit(64)::bigint AS b FROM (SELECT id AS k, md5((t.*)::text) AS m FROM votes t LIMIT ALL) AS x`,
};

async function benchVariants(sql: Sql): Promise<void> {
  await sql.query('SET jit = off');
  for (const workers of [2, 0]) {
    await sql.query(`SET max_parallel_workers_per_gather = ${workers}`);
    for (const [name, query] of Object.entries(variants)) {
      const seconds: number[] = [];
      for (let run = 0; run < Number(given.runs); run += 1) {
        const began = performance.now();
        await sql.query(
          `SELECT k, count(*), sum(a) AS a, sum(b) AS b FROM (${query} LIMIT ALL) AS y GROUP BY k`,
        );
        seconds.push((performance.now() - began) / 1000);
      }
      print(
        `${workers} workers, ${name}: ${Math.min(...seconds).toFixed(2)}–${Math.max(...seconds).toFixed(2)} s`,
      );
    }
  }
}

async function benchRedis(): Promise<void> {
  await using server = await startRedis();
  await using redis = await connectRedis(server.port);
  for (const items of [10_000, 100_000, 500_000]) {
    await redis.send('FLUSHALL');
    const vote = `{"voter_id":"0123456789abcde","vote":"a"}`;
    const fill = `for n = 1, ${items} do redis.call('RPUSH', 'votes', string.gsub(ARGV[1], '0123', n)) end`;
    await redis.send('EVAL', fill, '0', vote);
    const began = performance.now();
    await readRedis(redis, { exclusions: defaultExclusions });
    print(
      `fingerprint of ${items} queued votes in Redis ${server.version}: ${Math.round(performance.now() - began)} ms`,
    );
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? Number.NaN;
}

await benchPostgres();
if (isRedisInstalled()) await benchRedis();
