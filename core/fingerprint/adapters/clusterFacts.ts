import type { FactQuery } from './schemaFacts.ts';

/**
 * Everything with an access list in this database, as (what, acl, namespace); `what` is the kind and name of its
 * fact. A list that is NULL means the built-in default, which is written out: a restored dump says the same
 * thing in other words.
 */
const accessLists = `
  SELECT CASE c.relkind WHEN 'S' THEN 'sequence ' WHEN 'v' THEN 'view ' ELSE 'table ' END || c.oid::regclass AS what,
    coalesce(c.relacl, acldefault(CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", c.relowner)) AS acl, c.relnamespace AS namespace
  FROM pg_class c WHERE c.relkind IN ('r', 'p', 'f', 'm', 'v', 'S')
  UNION ALL SELECT 'column ' || c.oid::regclass || '.' || quote_ident(a.attname), a.attacl, c.relnamespace
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid WHERE a.attacl IS NOT NULL AND NOT a.attisdropped
  UNION ALL SELECT 'function ' || oid::regprocedure, coalesce(proacl, acldefault('f', proowner)), pronamespace FROM pg_proc
  UNION ALL SELECT 'type ' || oid::regtype, coalesce(typacl, acldefault('T', typowner)), typnamespace
  FROM pg_type t WHERE typcategory <> 'A' AND typtype <> 'm'
    AND (typrelid = 0 OR EXISTS (SELECT FROM pg_class WHERE oid = t.typrelid AND relkind = 'c'))
  UNION ALL SELECT 'schema ' || quote_ident(nspname), coalesce(nspacl, acldefault('n', nspowner)), oid FROM pg_namespace
  UNION ALL SELECT 'language ' || quote_ident(lanname), coalesce(lanacl, acldefault('l', lanowner)), 0 FROM pg_language
  UNION ALL SELECT 'database ' || quote_ident(datname), coalesce(datacl, acldefault('d', datdba)), 0 FROM pg_database`;

/** A star says "may grant it on"; after the stroke stands who granted it. */
const privileges = `string_agg(e.privilege_type || CASE WHEN e.is_grantable THEN '*' ELSE '' END || '/' || pg_get_userbyid(e.grantor),
    ', ' ORDER BY e.privilege_type, pg_get_userbyid(e.grantor))`;

const grantee = `CASE WHEN e.grantee = 0 THEN 'PUBLIC' ELSE pg_get_userbyid(e.grantee) END`;

/**
 * Who may do what, in the cluster and in this database.
 *
 * Of a password only this is read: a SCRAM verifier becomes its SHA-256, computed in the server. A verifier holds
 * 16 random bytes of salt, so that nobody can try passwords against the digest without having the verifier
 * itself, yet a changed password shows. An MD5 verifier has no such salt: of it only the method is told.
 */
export const accessFacts: readonly FactQuery[] = [
  {
    kind: 'database',
    query: `SELECT quote_ident(datname), concat_ws('; ', 'owner ' || pg_get_userbyid(datdba),
        pg_encoding_to_char(encoding), datcollate, datctype, 'provider ' || datlocprovider::text,
        'connections ' || nullif(datconnlimit, -1), CASE WHEN datistemplate THEN 'template' END,
        CASE WHEN NOT datallowconn THEN 'closed' END,
        (SELECT 'tablespace ' || spcname FROM pg_tablespace WHERE oid = dattablespace AND spcname <> 'pg_default')), NULL
      FROM pg_database`,
  },
  {
    kind: 'role',
    query: `SELECT quote_ident(rolname), concat_ws('; ',
        CASE WHEN rolsuper THEN 'superuser' END, CASE WHEN rolcanlogin THEN 'login' END,
        CASE WHEN NOT rolinherit THEN 'noinherit' END, CASE WHEN rolcreaterole THEN 'createrole' END,
        CASE WHEN rolcreatedb THEN 'createdb' END, CASE WHEN rolreplication THEN 'replication' END,
        CASE WHEN rolbypassrls THEN 'bypassrls' END, 'connections ' || nullif(rolconnlimit, -1),
        'valid until ' || rolvaliduntil,
        CASE WHEN rolpassword IS NULL THEN 'no password'
          WHEN rolpassword LIKE 'SCRAM-SHA-256$%' THEN 'scram password sha256:' || encode(sha256(convert_to(rolpassword, 'UTF8')), 'hex')
          ELSE 'md5 password' END), NULL
      FROM pg_authid WHERE rolname !~ '^pg_'`,
  },
  {
    // From PostgreSQL 16 on a membership has more options, and one for each grantor.
    kind: 'membership',
    query: `SELECT format('%I in %I by %I', pg_get_userbyid(member), pg_get_userbyid(roleid), pg_get_userbyid(grantor)),
        concat_ws(' ', 'admin', admin_option, 'inherit ' || (to_jsonb(m) ->> 'inherit_option'), 'set ' || (to_jsonb(m) ->> 'set_option')), 'role ' || quote_ident(pg_get_userbyid(member))
      FROM pg_auth_members m WHERE pg_get_userbyid(member) !~ '^pg_'`,
  },
  {
    kind: 'grant',
    query: `SELECT what || ' to ' || ${grantee}, ${privileges}, what
      FROM (${accessLists}) AS lists, aclexplode(acl) AS e
      WHERE namespace = 0 OR namespace IN (SELECT oid FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema')
      GROUP BY what, ${grantee}`,
  },
  {
    kind: 'default grant',
    query: `SELECT concat_ws(' ', 'by', pg_get_userbyid(defaclrole), 'on', defaclobjtype, 'in ' || nullif(defaclnamespace, 0)::regnamespace,
        'to', ${grantee}), ${privileges}, NULL
      FROM pg_default_acl, aclexplode(defaclacl) AS e GROUP BY defaclrole, defaclobjtype, defaclnamespace, ${grantee}`,
  },
];

/**
 * Settings as the files say (the last line of a name counts; ALTER SYSTEM writes postgresql.auto.conf), those
 * of databases and roles, and the rules of pg_hba.conf in their order.
 */
export const settingFacts: readonly FactQuery[] = [
  {
    kind: 'setting',
    query: `SELECT f.name, f.setting || ' (' || regexp_replace(f.sourcefile, '^.*/', '') || ')'
        || CASE WHEN s.pending_restart THEN ', waits for a restart' ELSE '' END, NULL
      FROM (SELECT DISTINCT ON (name) name, setting, sourcefile FROM pg_file_settings
        WHERE name IS NOT NULL ORDER BY name, seqno DESC) AS f LEFT JOIN pg_settings s ON s.name = f.name
      UNION ALL SELECT split_part(setting, '=', 1) || concat(' of role ' || nullif(pg_get_userbyid(nullif(setrole, 0)), ''),
        ' in database ' || (SELECT datname FROM pg_database d WHERE d.oid = setdatabase)),
        substr(setting, strpos(setting, '=') + 1), NULL
      FROM pg_db_role_setting, unnest(setconfig) AS setting`,
  },
  {
    kind: 'login rules',
    query: `SELECT 'pg_hba.conf', string_agg(concat_ws(' ', type, array_to_string(database, ','),
        array_to_string(user_name, ','), address, netmask, auth_method, array_to_string(options, ','), error),
        E'\\n' ORDER BY line_number), NULL
      FROM pg_hba_file_rules`,
  },
];
