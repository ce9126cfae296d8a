import { quoteWord } from '../../core/shell.ts';

/**
 * What is asked, by name, as shell lines that only read. One program per kind, none per thing: the whole of it
 * takes a host half a second, with evidence a little more.
 */
const inventoryQuestions = {
  release: 'cat /etc/os-release',
  machine: 'uname -m; hostname; readlink -f /etc/localtime',
  packages: `dpkg-query -W -f '\${Package}|\${db:Status-Status}|\${Version}|\${Pre-Depends}, \${Depends}|\${Provides}\\n'`,
  unitFiles: `systemctl list-unit-files --no-legend --no-pager --plain --full --type=service,timer,socket,path`,
  units: `systemctl show '*.service' '*.timer' '*.socket' '*.path' --property=Id,Type,LoadState,ActiveState,UnitFileState,Transient,RemainAfterExit`,
  users: 'cat /etc/passwd',
  groups: 'cat /etc/group',
  // Only what is no password leaves the host as it is.
  passwords: `while IFS=: read -r name hash rest; do case $hash in
    ''|'*'|'!'|'!!'|'!*') echo "$name $hash" ;;
    *) echo "$name $(printf %s "$hash" | sha256sum)" ;;
  esac; done < /etc/shadow`,
  keys: `while IFS=: read -r name x uid gid comment home shell; do
    for file in "$home/.ssh/authorized_keys" "$home/.ssh/authorized_keys2"; do
      [ ! -f "$file" ] || sed "s|^|$name |" "$file"
    done
  done < /etc/passwd`,
  sudoers: `grep -HsE '^[[:space:]]*(#[0-9]|[^#[:space:]])' /etc/sudoers /etc/sudoers.d/*`,
  ports: 'cat /proc/sys/net/ipv4/ip_local_port_range; ss -Hltunp',
  mounts: 'cat /proc/self/mounts',
  cron: `grep -HsE '^[[:space:]]*[^#[:space:]]' /etc/crontab /etc/cron.d/* /var/spool/cron/crontabs/*`,
  images: "docker image ls --no-trunc --format '{{.Repository}}:{{.Tag}}|{{.ID}}'",
  containers: "docker ps --all --quiet | xargs -r docker container inspect --format '{{json .}}'",
  attributes: `$files -printf '%m|%u:%g|%s|%p\\n'`,
  links: `$links -printf '%l|%p\\n'`,
  hashes: '$files -size -1024k -print0 | xargs -0 -r sha256sum',
  redis: "redis-cli --raw config get '*'",
} as const;

/** What else is asked to tell where the things that are there now come from. */
const evidenceQuestions = {
  md5: '$files -size -1024k -print0 | xargs -0 -r md5sum',
  // Some packages put a file of theirs into /etc when they are installed.
  copies: `$files -size -1024k -print0 | xargs -0 -r md5sum | cut -c1-32 | grep -v ^d41d8cd98f00b204 | sort -u | grep -F -f - /var/lib/dpkg/info/*.md5sums`,
  conffiles: `dpkg-query -W -f '\${Conffiles}\\n'`,
  md5sums: "cat /var/lib/dpkg/info/*.md5sums | grep -E '  (etc|usr/local)/'",
  ucfHashes: 'cat /var/lib/ucf/hashfile',
  ucfOwners: 'cat /var/lib/ucf/registry',
  programs: `for pid in $(ss -Hltunp | grep -o 'pid=[0-9]*' | cut -d= -f2 | sort -u); do
    echo "$pid $(readlink "/proc/$pid/exe")"
  done`,
  // Before the merge of /usr a path may be recorded either way.
  owners: `{ $files -print; $links -printf '%p\\n%l\\n'; find /usr/lib/systemd/system /usr/lib/sysusers.d -type f
    ss -Hltunp | grep -o 'pid=[0-9]*' | cut -d= -f2 | sort -u | sed 's|.*|/proc/&/exe|' | xargs -r -n1 readlink
    } 2>/dev/null | sed 'p;s|^/usr/lib/|/lib/|;p;s|^/lib/|/usr/lib/|;s|^/bin/|/usr/bin/|' | sort -u | grep -Fx -f - /var/lib/dpkg/info/*.list`,
  accounts: `cut -d: -f1 /etc/passwd | grep -wFo -f - /var/lib/dpkg/info/*.postinst /usr/lib/sysusers.d/*.conf | sort -u`,
  history: 'zcat -f /var/log/apt/history.log*',
} as const;

export type Question = keyof typeof inventoryQuestions | keyof typeof evidenceQuestions | 'marks' | 'schemas';

/** The names of the answers, in the order of the lines; the texts of files come after them. */
export const questionNames = (isFound: boolean): readonly Question[] => [
  'marks',
  ...(Object.keys(inventoryQuestions) as Question[]),
  'schemas',
  ...(isFound ? (Object.keys(evidenceQuestions) as Question[]) : []),
];

/** Shell lines that answer in sections of `STATUS\nOUTPUT\0`, with evidence when the host is compared. */
export function inventoryLines(texts: readonly string[], isFound: boolean): readonly string[] {
  const lines: Readonly<Record<string, string>> = {
    marks: 'ls -d /etc/sla /var/lib/sla',
    ...inventoryQuestions,
    schemas: schemaLines,
    ...(isFound ? evidenceQuestions : {}),
  };
  return [
    // What follows by itself from something else that is recorded, or belongs to this machine alone.
    `skipped='-path /etc/ld.so.cache -o -path /etc/machine-id -o -path /etc/passwd -o -path /etc/passwd- -o -path /etc/group -o -path /etc/group- -o -path /etc/shadow -o -path /etc/shadow- -o -path /etc/gshadow -o -path /etc/gshadow- -o -path /etc/subuid -o -path /etc/subuid- -o -path /etc/subgid -o -path /etc/subgid- -o -path /etc/.pwd.lock'`,
    'folders="/etc /usr/local/bin /usr/local/sbin /usr/local/etc /usr/local/lib/systemd"',
    'autos=$(ls /var/lib/postgresql/*/*/postgresql.auto.conf 2>/dev/null)',
    'files="find $folders $autos ( $skipped ) -prune -o -type f"',
    'links="find $folders ( $skipped ) -prune -o -type l"',
    ...questionNames(isFound).map((name) => section(lines[name] ?? '')),
    ...texts.map((path) => section(`cat -- ${quoteWord(path)}`)),
  ];
}

const section = (line: string): string => `out=$({ ${line}\n} 2>/dev/null </dev/null); tell $? "$out"`;

/** One line for each thing: `DATABASE|WHAT|DEFINITION`. The query stands in a here-document of the host's shell. */
const schemaLines = `! command -v psql >/dev/null || {
    cd / && query=$(cat <<'END-OF-QUERY'
${schemaQuery()}
END-OF-QUERY
)
    ask="runuser -u postgres -- psql -XAtq -F |"
    $ask -c "SELECT '', 'role ' || rolname, concat_ws(' ', CASE WHEN rolsuper THEN 'superuser' END, CASE WHEN rolcanlogin THEN 'login' END, CASE WHEN rolcreatedb THEN 'createdb' END, CASE WHEN rolcreaterole THEN 'createrole' END, CASE WHEN rolreplication THEN 'replication' END) FROM pg_roles WHERE rolname !~ '^pg_'
      UNION ALL SELECT '', 'database ' || datname, pg_get_userbyid(datdba) || ' ' || pg_encoding_to_char(encoding) || ' ' || datcollate FROM pg_database"
    for database in $($ask -c "SELECT datname FROM pg_database WHERE datallowconn AND NOT datistemplate"); do
      $ask -d "$database" -c "$query"
    done
  }`;

function schemaQuery(): string {
  return `WITH relation AS (
  SELECT c.oid, c.relkind, quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS name
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
)
SELECT current_database(), 'table ' || name, string_agg(quote_ident(attname) || ' ' || format_type(atttypid, atttypmod)
  || CASE WHEN attnotnull THEN ' not null' ELSE '' END, ', ' ORDER BY attnum)
FROM relation JOIN pg_attribute ON attrelid = oid AND attnum > 0 AND NOT attisdropped
WHERE relkind IN ('r', 'p', 'f') GROUP BY name
UNION ALL SELECT current_database(), 'view ' || name, md5(pg_get_viewdef(oid)) FROM relation WHERE relkind IN ('v', 'm')
UNION ALL SELECT current_database(), 'sequence ' || name, '' FROM relation WHERE relkind = 'S'
UNION ALL SELECT current_database(), 'index ' || name, pg_get_indexdef(oid) FROM relation WHERE relkind IN ('i', 'I')
UNION ALL SELECT current_database(), 'constraint ' || quote_ident(conname) || ' of ' || name, pg_get_constraintdef(c.oid)
FROM relation r JOIN pg_constraint c ON c.conrelid = r.oid AND c.contype <> 'n'
UNION ALL SELECT current_database(), 'trigger ' || quote_ident(tgname) || ' of ' || name, pg_get_triggerdef(t.oid)
FROM relation r JOIN pg_trigger t ON t.tgrelid = r.oid AND NOT tgisinternal
UNION ALL SELECT current_database(), 'function ' || p.oid::regprocedure, md5(prosrc)
FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace WHERE n.nspname NOT IN ('pg_catalog', 'information_schema')
UNION ALL SELECT current_database(), 'extension ' || extname, extversion FROM pg_extension
ORDER BY 2`;
}
