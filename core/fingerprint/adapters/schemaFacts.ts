import type { FactKind } from '../types.ts';
import { literal } from './sql.ts';

/** One query with the columns name, value, and what it is part of (`partOf`) or NULL; all castable to text. */
export interface FactQuery {
  readonly kind: FactKind;
  readonly query: string;
}

/** Schemas of users. What an extension brought is told by the extension and its version. */
const isUsers = (namespace: string): string =>
  `${namespace}.nspname !~ '^pg_' AND ${namespace}.nspname <> 'information_schema'`;

const isNotExtension = (catalog: string, oid: string): string =>
  `NOT EXISTS (SELECT FROM pg_depend WHERE classid = '${catalog}'::regclass AND objid = ${oid} AND deptype = 'e')`;

const tableName = "format('%I.%I', n.nspname, c.relname)";

const ofTable = `'table ' || ${tableName}`;

const relations = `pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace`;

const isUsersRelation = `${isUsers('n')} AND ${isNotExtension('pg_class', 'c.oid')}`;

const options = "'with ' || array_to_string(c.reloptions, ', ')";

const tablespace = "'tablespace ' || (SELECT spcname FROM pg_tablespace WHERE oid = c.reltablespace)";

/** What the DDL of this database comes to, from PostgreSQL's own writers of definitions where it has them. */
export const schemaFacts: readonly FactQuery[] = [
  {
    kind: 'extension',
    query: `SELECT quote_ident(extname), 'version ' || extversion || ' in ' || extnamespace::regnamespace, NULL
      FROM pg_extension`,
  },
  {
    kind: 'schema',
    query: `SELECT quote_ident(nspname), 'owner ' || pg_get_userbyid(nspowner), NULL
      FROM pg_namespace n WHERE ${isUsers('n')} AND ${isNotExtension('pg_namespace', 'n.oid')}`,
  },
  {
    kind: 'type',
    query: `SELECT format('%I.%I', n.nspname, t.typname), concat_ws('; ', t.typtype, 'owner ' || pg_get_userbyid(t.typowner),
        (SELECT string_agg(quote_literal(enumlabel), ', ' ORDER BY enumsortorder) FROM pg_enum WHERE enumtypid = t.oid),
        'over ' || nullif(format_type(t.typbasetype, t.typtypmod), '-'), CASE WHEN t.typnotnull THEN 'not null' END,
        'default ' || t.typdefault,
        (SELECT string_agg(format('%I %s', attname, format_type(atttypid, atttypmod)), ', ' ORDER BY attnum)
          FROM pg_attribute WHERE attrelid = t.typrelid AND attnum > 0 AND NOT attisdropped),
        (SELECT 'range of ' || format_type(rngsubtype, NULL) FROM pg_range WHERE rngtypid = t.oid)), NULL
      FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
      WHERE ${isUsers('n')} AND ${isNotExtension('pg_type', 't.oid')} AND t.typcategory <> 'A' AND t.typtype <> 'm'
        AND (t.typrelid = 0 OR EXISTS (SELECT FROM pg_class WHERE oid = t.typrelid AND relkind = 'c'))`,
  },
  {
    kind: 'table',
    query: `SELECT ${tableName}, concat_ws('; ',
        CASE c.relkind WHEN 'p' THEN 'partitioned by ' || pg_get_partkeydef(c.oid) WHEN 'f' THEN 'foreign'
          WHEN 'm' THEN 'materialized view' || CASE WHEN c.relispopulated THEN '' ELSE ', not populated' END END,
        'owner ' || pg_get_userbyid(c.relowner),
        CASE c.relpersistence WHEN 'u' THEN 'unlogged' END,
        'of ' || nullif(format_type(c.reloftype, NULL), '-'),
        (SELECT 'inherits ' || string_agg(inhparent::regclass::text, ', ' ORDER BY inhseqno) FROM pg_inherits WHERE inhrelid = c.oid),
        pg_get_expr(c.relpartbound, c.oid),
        'access method ' || (SELECT amname FROM pg_am WHERE oid = c.relam AND amname <> 'heap'),
        ${options}, ${tablespace},
        CASE WHEN c.relrowsecurity THEN 'row security' END, CASE WHEN c.relforcerowsecurity THEN 'forced' END,
        'replica identity ' || nullif(c.relreplident::text, 'd'),
        CASE WHEN c.relkind = 'm' THEN pg_get_viewdef(c.oid) END), NULL
      FROM ${relations} WHERE c.relkind IN ('r', 'p', 'f', 'm') AND ${isUsersRelation}`,
  },
  {
    // PostgreSQL 17.12 (Debian) keeps pg_attver among the options: a WAL position of its own, new after every restore.
    kind: 'column',
    query: `SELECT ${tableName} || '.' || quote_ident(a.attname), concat_ws(' ',
        format_type(a.atttypid, a.atttypmod),
        (SELECT 'collate ' || a.attcollation::regcollation FROM pg_type t WHERE t.oid = a.atttypid AND t.typcollation <> a.attcollation),
        CASE WHEN a.attnotnull THEN 'not null' END,
        'identity ' || nullif(a.attidentity::text, ''),
        CASE WHEN a.attgenerated = '' THEN 'default ' ELSE 'generated ' || a.attgenerated::text || ' ' END || pg_get_expr(d.adbin, d.adrelid),
        (SELECT 'storage ' || a.attstorage::text FROM pg_type t WHERE t.oid = a.atttypid AND t.typstorage <> a.attstorage),
        'compression ' || nullif(a.attcompression::text, ''),
        'statistics ' || nullif(coalesce(a.attstattarget, -1), -1),
        (SELECT 'with ' || string_agg(option, ', ' ORDER BY option) FROM unnest(a.attoptions) AS option
          WHERE option NOT LIKE 'pg\\_attver=%')), ${ofTable}
      FROM ${relations} JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
      LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
      WHERE c.relkind IN ('r', 'p', 'f', 'm') AND ${isUsersRelation}`,
  },
  {
    // The index of a constraint is part of it: one loss, one difference.
    kind: 'constraint',
    query: `SELECT concat_ws('.', coalesce(k.conrelid::regclass::text, k.contypid::regtype::text), quote_ident(k.conname)),
        concat_ws('; ', pg_get_constraintdef(k.oid), pg_get_indexdef(x.indexrelid),
          CASE WHEN NOT x.indisvalid THEN 'not valid' END, CASE WHEN x.indisclustered THEN 'clustered' END,
          (SELECT ${tablespace} FROM pg_class c WHERE c.oid = x.indexrelid)),
        coalesce('table ' || nullif(k.conrelid, 0)::regclass, 'type ' || nullif(k.contypid, 0)::regtype)
      FROM pg_constraint k JOIN pg_namespace n ON n.oid = k.connamespace
      LEFT JOIN pg_index x ON x.indexrelid = k.conindid AND k.contype IN ('p', 'u', 'x')
      WHERE ${isUsers('n')} AND k.contype NOT IN ('n', 't') AND ${isNotExtension('pg_class', 'k.conrelid')}`,
  },
  {
    kind: 'index',
    query: `SELECT ${tableName}, concat_ws('; ', pg_get_indexdef(c.oid), CASE WHEN NOT x.indisvalid THEN 'not valid' END,
        CASE WHEN x.indisclustered THEN 'clustered' END, CASE WHEN x.indisreplident THEN 'replica identity' END,
        ${tablespace}), 'table ' || x.indrelid::regclass
      FROM ${relations} JOIN pg_index x ON x.indexrelid = c.oid WHERE ${isUsersRelation}
        AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = c.oid AND contype IN ('p', 'u', 'x'))`,
  },
  {
    kind: 'view',
    query: `SELECT ${tableName}, concat_ws('; ', 'owner ' || pg_get_userbyid(c.relowner), ${options}, pg_get_viewdef(c.oid)), NULL
      FROM ${relations} WHERE c.relkind = 'v' AND ${isUsersRelation}`,
  },
  {
    kind: 'function',
    query: `SELECT p.oid::regprocedure, concat_ws('; ', 'owner ' || pg_get_userbyid(p.proowner),
        CASE WHEN p.prokind = 'a' THEN (SELECT concat_ws(', ', 'aggregate', aggtransfn, aggfinalfn, aggcombinefn,
          format_type(aggtranstype, NULL), agginitval) FROM pg_aggregate WHERE aggfnoid = p.oid)
        ELSE pg_get_functiondef(p.oid) END), NULL
      FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
      WHERE ${isUsers('n')} AND ${isNotExtension('pg_proc', 'p.oid')}`,
  },
  {
    kind: 'trigger',
    query: `SELECT tgrelid::regclass || '.' || quote_ident(tgname), pg_get_triggerdef(g.oid) || '; enabled ' || tgenabled::text, 'table ' || tgrelid::regclass
      FROM pg_trigger g WHERE NOT tgisinternal
      UNION ALL SELECT quote_ident(evtname), concat_ws(' ', 'on', evtevent, array_to_string(evttags, ','), evtfoid::regproc, evtenabled), NULL
      FROM pg_event_trigger`,
  },
  {
    kind: 'rule',
    query: `SELECT ev_class::regclass || '.' || quote_ident(rulename), pg_get_ruledef(r.oid) || '; enabled ' || ev_enabled::text, 'table ' || ev_class::regclass
      FROM pg_rewrite r JOIN pg_class c ON c.oid = ev_class JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE rulename <> '_RETURN' AND ${isUsersRelation}`,
  },
  {
    kind: 'policy',
    query: `SELECT polrelid::regclass || '.' || quote_ident(polname), concat_ws(' ', polcmd,
        CASE WHEN polpermissive THEN 'permissive' ELSE 'restrictive' END, 'to',
        (SELECT string_agg(CASE WHEN role = 0 THEN 'public' ELSE pg_get_userbyid(role) END, ',' ORDER BY 1) FROM unnest(polroles) AS role),
        'using ' || pg_get_expr(polqual, polrelid), 'check ' || pg_get_expr(polwithcheck, polrelid)), 'table ' || polrelid::regclass
      FROM pg_policy`,
  },
  {
    kind: 'sequence',
    query: `SELECT ${tableName}, concat_ws(' ', 'owner', pg_get_userbyid(c.relowner), format_type(seqtypid, NULL),
        'start', seqstart, 'increment', seqincrement, 'min', seqmin, 'max', seqmax, 'cache', seqcache,
        CASE WHEN seqcycle THEN 'cycle' END,
        'owned by ' || d.refobjid::regclass || '.' || (SELECT quote_ident(attname) FROM pg_attribute
          WHERE attrelid = d.refobjid AND attnum = d.refobjsubid)), 'table ' || d.refobjid::regclass
      FROM ${relations} JOIN pg_sequence s ON s.seqrelid = c.oid LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass
        AND d.objid = c.oid AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i') WHERE ${isUsersRelation}`,
  },
  {
    kind: 'statistics',
    query: `SELECT format('%I.%I', n.nspname, s.stxname), pg_get_statisticsobjdef(s.oid), 'table ' || s.stxrelid::regclass
      FROM pg_statistic_ext s JOIN pg_namespace n ON n.oid = s.stxnamespace`,
  },
  {
    kind: 'comment',
    query: `SELECT o.type || ' ' || o.identity, d.description, replace(o.type, 'table column', 'column') || ' ' || o.identity
      FROM pg_description d, pg_identify_object(d.classoid, d.objoid, d.objsubid) o WHERE d.objoid >= 16384
        AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = d.classoid AND e.objid = d.objoid AND e.deptype = 'e')
        AND d.classoid <> 'pg_extension'::regclass`,
  },
  { kind: 'object', query: otherObjects() },
];

/** Rarer objects by their existence only. OIDs below 16384 are PostgreSQL's own. */
function otherObjects(): string {
  const catalogues = ['operator', 'opclass', 'opfamily', 'cast', 'collation', 'conversion', 'language', 'am'];
  const others = [
    'ts_config',
    'ts_dict',
    'ts_parser',
    'ts_template',
    'foreign_data_wrapper',
    'foreign_server',
  ];
  const all = [...catalogues, ...others, 'publication', 'subscription', 'tablespace'].map(
    (name) => `SELECT 'pg_${name}'::regclass AS catalogue, oid FROM pg_${name} WHERE oid >= 16384`,
  );
  return `SELECT o.type || ' ' || o.identity, '', NULL
    FROM (${all.join(' UNION ALL ')}) AS a, pg_identify_object(a.catalogue, a.oid, 0) o
    WHERE NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = a.catalogue AND d.objid = a.oid AND d.deptype = 'e')`;
}

export const sequenceNames = `
SELECT ${tableName} AS name FROM ${relations} WHERE c.relkind = 'S' AND ${isUsersRelation}`;

/** `names` as SQL writes them. After a crash a sequence may have skipped up to 32 values: that is a difference. */
export const sequenceValues = (names: readonly string[]): FactQuery => ({
  kind: 'sequence value',
  query: names
    .map(
      (name) => `SELECT ${literal(name)}, last_value || CASE WHEN is_called THEN '' ELSE ' (not called)' END,
        ${literal(`sequence ${name}`)} FROM ${name}`,
    )
    .join(' UNION ALL '),
});
