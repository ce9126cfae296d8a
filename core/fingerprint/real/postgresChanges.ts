import { expect } from 'vitest';

/** One of every kind of object; what belongs to the whole server is set back. */
export const givenObjects = [
  `CREATE TABLE votes (id varchar(255) NOT NULL UNIQUE, vote varchar(255) NOT NULL)`,
  `INSERT INTO votes SELECT 'voter ' || n, CASE n WHEN 0 THEN 'b' ELSE 'a' END FROM generate_series(0, 49) n`,
  `CREATE INDEX votes_by_vote ON votes (vote)`,
  `CREATE TABLE notes (note text)`,
  `INSERT INTO notes VALUES ('twice'), ('twice'), (''), (NULL)`,
  `CREATE SCHEMA "odd schema"`,
  `CREATE TABLE "odd schema"."Odd ""table""" ("Key, 1" int, "key 2" text, t bytea, PRIMARY KEY ("key 2", "Key, 1"))`,
  `INSERT INTO "odd schema"."Odd ""table""" VALUES (1, 'a', '\\xff00'), (2, 'b', '\\x00ff')`,
  `ALTER TABLE "odd schema"."Odd ""table""" DROP COLUMN IF EXISTS gone`,
  `CREATE TABLE nothing ()`,
  `CREATE TABLE parted (at date NOT NULL, n int) PARTITION BY RANGE (at)`,
  `CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')`,
  `INSERT INTO parted VALUES ('2026-06-01', 1)`,
  `CREATE TABLE numbered (id bigserial PRIMARY KEY, at timestamptz DEFAULT now(), price numeric, ratio float8)`,
  `INSERT INTO numbered (at, price, ratio) VALUES ('2026-01-01', 1.0, 0.1), ('2026-01-02', 2.0, 0.2)`,
  `CREATE VIEW totals AS SELECT vote, count(*) FROM votes GROUP BY vote`,
  `CREATE MATERIALIZED VIEW kept_totals AS SELECT vote, count(*) FROM votes GROUP BY vote`,
  `CREATE TYPE mood AS ENUM ('good', 'bad')`,
  `CREATE DOMAIN short AS text CHECK (length(VALUE) < 9)`,
  `CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1'`,
  `CREATE FUNCTION noop() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'`,
  `CREATE AGGREGATE total (int) (sfunc = int4pl, stype = int, initcond = '0')`,
  `CREATE TRIGGER noop BEFORE INSERT ON votes FOR EACH ROW EXECUTE FUNCTION noop()`,
  `CREATE RULE quiet AS ON DELETE TO notes DO ALSO NOTHING`,
  `CREATE POLICY own ON notes USING (note = current_user)`,
  `CREATE STATISTICS pairs ON id, vote FROM votes`,
  `CREATE PUBLICATION news FOR TABLE numbered`,
  `COMMENT ON TABLE votes IS 'counted'`,
  `SELECT lo_from_bytea(99, 'large')`,
  `DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'sla_reader') THEN CREATE ROLE sla_reader LOGIN PASSWORD 'first'; END IF; END $$`,
  `ALTER ROLE sla_reader CONNECTION LIMIT -1`,
  `REVOKE pg_read_all_data FROM sla_reader`,
  `ALTER SYSTEM RESET ALL`,
];

export interface Change {
  readonly does: string;
  readonly statements: readonly string[];
  readonly named: readonly unknown[];
}

const starting = (text: string): unknown => expect.stringMatching(new RegExp(`^${RegExp.escape(text)}`));

/** What statements do to `givenObjects`, and the lines that name it. */
export const changes: readonly Change[] = [
  { does: 'nothing done is nothing found', statements: [], named: [] },
  {
    does: 'a changed vote is a bucket of its table',
    statements: [`UPDATE votes SET vote = 'b' WHERE id = 'voter 7'`],
    named: ['rows of public.votes: 50 rows, other content in 1 of 1024 buckets'],
  },
  {
    does: 'two voters who exchange their votes are found',
    statements: [
      `UPDATE votes SET vote = CASE vote WHEN 'a' THEN 'b' ELSE 'a' END WHERE id IN ('voter 0', 'voter 1')`,
    ],
    named: ['rows of public.votes: 50 rows, other content in 2 of 1024 buckets'],
  },
  {
    does: 'a NULL that becomes an empty text is found',
    statements: [`UPDATE notes SET note = '' WHERE note IS NULL`],
    named: [starting('rows of public.notes: 4 rows')],
  },
  {
    does: 'one of two equal rows removed is found where there is no key',
    statements: [`DELETE FROM notes WHERE ctid = (SELECT ctid FROM notes WHERE note = 'twice' LIMIT 1)`],
    named: [starting('rows of public.notes: 4 → 3 rows')],
  },
  {
    does: 'a number that is equal but written otherwise is found',
    statements: [`UPDATE numbered SET price = 1.00 WHERE id = 1`],
    named: [starting('rows of public.numbered: 2 rows')],
  },
  {
    does: 'one byte in a bytea is found',
    statements: [`UPDATE "odd schema"."Odd ""table""" SET t = '\\xff01' WHERE "Key, 1" = 1`],
    named: [starting('rows of "odd schema"."Odd ""table""": 2 rows')],
  },
  {
    does: 'a row of a partition is found in that partition',
    statements: [`UPDATE parted SET n = 2`],
    named: [starting('rows of public.parted_1: 1 rows')],
  },
  {
    does: 'another large object is found',
    statements: [`SELECT lo_put(99, 0, 'L')`],
    named: [starting('rows of pg_catalog.pg_largeobject: 1 rows')],
  },
  {
    does: 'a stale materialized view that is refreshed is found',
    statements: [`DELETE FROM votes WHERE id = 'voter 1'`, `REFRESH MATERIALIZED VIEW kept_totals`],
    named: [starting('rows of public.kept_totals: 2 rows'), starting('rows of public.votes: 50 → 49 rows')],
  },
  {
    does: 'a dropped index is named, and nothing else',
    statements: [`DROP INDEX votes_by_vote`],
    named: ['index public.votes_by_vote: missing'],
  },
  {
    does: 'a dropped unique constraint is named once, though rows lose their key',
    statements: [`ALTER TABLE votes DROP CONSTRAINT votes_id_key`],
    named: ['constraint public.votes.votes_id_key: missing'],
  },
  {
    does: 'a dropped function and a dropped view are named without the grants on them',
    statements: [`DROP FUNCTION one()`, `DROP VIEW totals`],
    named: ['function public.one(): missing', 'view public.totals: missing'],
  },
  {
    does: 'a dropped table is named without what was in it',
    statements: [`DROP TABLE numbered`],
    named: ['table public.numbered: missing'],
  },
  {
    does: 'a new column is named, not the rows that have it',
    statements: [`ALTER TABLE numbered ADD extra int`],
    named: ['column public.numbered.extra: new'],
  },
  {
    does: 'another type of a column is named, not its rows',
    statements: [`ALTER TABLE numbered ALTER price TYPE numeric(9, 3)`],
    named: ['column public.numbered.price: numeric → numeric(9,3)'],
  },
  {
    does: 'another order of the columns is named',
    statements: [
      `ALTER TABLE numbered RENAME price TO kept`,
      `ALTER TABLE numbered RENAME ratio TO price`,
      `ALTER TABLE numbered RENAME kept TO ratio`,
    ],
    named: [
      'column public.numbered.price: numeric → double precision',
      'column public.numbered.ratio: double precision → numeric',
      'columns of public.numbered: id, at, price, ratio → id, at, ratio, price',
    ],
  },
  {
    does: 'a used sequence is named',
    statements: [`SELECT nextval('numbered_id_seq')`],
    named: ['sequence value public.numbered_id_seq: 2 → 3'],
  },
  {
    does: 'an altered sequence is named',
    statements: [`ALTER SEQUENCE numbered_id_seq INCREMENT 5`],
    named: [starting('sequence public.numbered_id_seq: ')],
  },
  {
    does: 'a sequence set back to its start without being called is named',
    statements: [`SELECT setval('numbered_id_seq', 2, false)`],
    named: ['sequence value public.numbered_id_seq: 2 → 2 (not called)'],
  },
  {
    does: 'a grant is named',
    statements: [`GRANT SELECT ON votes TO sla_reader`],
    named: ['grant table public.votes to sla_reader: new'],
  },
  {
    does: 'a grant on a column is named',
    statements: [`GRANT UPDATE (vote) ON votes TO PUBLIC`],
    named: ['grant column public.votes.vote to PUBLIC: new'],
  },
  {
    does: 'the default grants written out are the same as none',
    statements: [`GRANT ALL ON votes TO postgres`],
    named: [],
  },
  {
    does: 'a role that may do more is named',
    statements: [`ALTER ROLE sla_reader CONNECTION LIMIT 3`],
    named: [starting('role sla_reader: ')],
  },
  {
    does: 'another password is named',
    statements: [`ALTER ROLE sla_reader PASSWORD 'second'`],
    named: [starting('role sla_reader: ')],
  },
  {
    does: 'a membership is named',
    statements: [`GRANT pg_read_all_data TO sla_reader`],
    named: ['membership sla_reader in pg_read_all_data by postgres: new'],
  },
  {
    does: 'a setting of the server is named',
    statements: [`ALTER SYSTEM SET work_mem = '5MB'`],
    named: ['setting work_mem: new'],
  },
  {
    does: 'a setting that restoring leaves behind is not',
    statements: [
      `ALTER SYSTEM SET restore_command = 'false'`,
      `ALTER SYSTEM SET recovery_target_timeline = 'latest'`,
    ],
    named: [],
  },
  {
    does: 'an enum, a domain, a function, a view, a trigger, a rule and a policy are named',
    statements: [
      `ALTER TYPE mood ADD VALUE 'mixed'`,
      `ALTER DOMAIN short SET DEFAULT 'x'`,
      `CREATE OR REPLACE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 2'`,
      `CREATE OR REPLACE VIEW totals AS SELECT vote, count(*) FROM votes WHERE id <> '' GROUP BY vote`,
      `ALTER TABLE votes DISABLE TRIGGER noop`,
      `DROP RULE quiet ON notes`,
      `ALTER POLICY own ON notes USING (true)`,
      `DROP STATISTICS pairs`,
      `DROP PUBLICATION news`,
      `COMMENT ON TABLE votes IS NULL`,
    ],
    named: [
      'comment table public.votes: missing',
      starting('function public.one(): '),
      'object publication news: missing',
      starting('policy public.notes.own: '),
      'rule public.notes.quiet: missing',
      'statistics public.pairs: missing',
      starting('trigger public.votes.noop: '),
      starting('type public.mood: '),
      starting('type public.short: '),
      starting('view public.totals: '),
    ],
  },
];
