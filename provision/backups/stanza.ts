import { backupPorts, places, stanza, streamRole } from '../../core/backupLayout.ts';

export const stanzaProgram = '/usr/local/sbin/sla-stanza';

/**
 * Makes the repository fit the cluster of db. An empty repository is not taken for a new one while app may hold
 * a copy of it: that comes back first. A cluster with another identity is taken up. One that has the same identity
 * and another history, as a host has that was made from the same image, would write over what is archived: what
 * was kept of the old one is set aside as a stanza of its own, from which it can be restored by hand.
 */
export const stanzaScript = (addressOfDb: string): string => `#!/bin/bash
# sla-stanza state|make: whether the repository knows the cluster that runs on db, and makes it so.
set -u
repository=${places.repository}
copy="ssh -F ${places.copySsh}"

backrest() { runuser -u postgres -- pgbackrest --stanza=${stanza} "$@"; }
listens() { timeout 2 bash -c 'exec 3<> "/dev/tcp/$1/$2"' bash "$1" "$2" 2> /dev/null; }
ask_db() {
  runuser -u postgres -- env PGPASSFILE=${streamPassFile} PGCONNECT_TIMEOUT=2 \\
    psql -XAtwqc "$1" "host=${addressOfDb} user=${streamRole} dbname=postgres $2" 2> /dev/null
}
newest() {
  local last
  last=$(ls -d "$repository/archive/${stanza}"/*-*/ 2> /dev/null | sort -V | tail -n 1)
  last=$(ls -d "$last"[0-9A-F]*/ 2> /dev/null | tail -n 1)
  ls "$last"[0-9A-F]*-* 2> /dev/null | tail -n 1
}
# Whether db writes WAL that the archive has with another content: $1 is its timeline, $2 its position.
diverged() {
  local last now name kept
  last=$(newest)
  [ -n "$last" ] || return
  now=$(printf '%08X%08X%08X' "$1" "0x\${2%/*}" "$((0x\${2#*/} >> 24))") name=$(basename "$last")
  [ "\${name:0:8}" != "\${now:0:8}" ] || [[ \${name:0:24} < $now ]] || return 0
  [ "$(ask_db "SELECT last_failed_time > coalesce(last_archived_time, '-infinity') FROM pg_stat_archiver" '')" = t ] || return
  for kept in $(ls ${places.stream} | grep -xE '[0-9A-F]{24}'); do
    name=$(ls "$(dirname "$(dirname "$last")")/\${kept:0:16}/$kept"-* 2> /dev/null) || continue
    [[ $name == *-"$(sha1sum < "${places.stream}/$kept" | cut -d ' ' -f 1)"* ]] || return 0
  done
  return 1
}
known() { backrest --output=json info 2> /dev/null | grep -o '"system-id":[0-9]*' | tail -n 1 | cut -d : -f 2; }
is_there() { [ -e "$repository/archive/${stanza}/archive.info" ]; }
# Lists the copy on app; fails when app cannot be asked.
copied() { rsync -e "$copy" --timeout=10 app:repository/archive/${stanza}/ 2> /dev/null; }

state() {
  listens ${addressOfDb} ${backupPorts.pgbackrest} || { echo "waits for pgBackRest on db"; return; }
  local cluster timeline position rest
  IFS='|' read -r cluster timeline position rest <<< "$(ask_db IDENTIFY_SYSTEM replication=true)"
  [ -n "$position" ] || { echo "waits for PostgreSQL on db to let the stream in"; return; }
  is_there || { echo missing; return; }
  repo=$(known)
  [ -n "$repo" ] || { echo "waits for a repository that can be read: is its key another one?"; return; }
  [ "$repo" = "$cluster" ] || { echo other; return; }
  diverged "$timeline" "$position" && echo foreign || echo ready
}

set_aside() {
  local part now
  now=$(date -u +%Y%m%d-%H%M%S)
  for part in archive backup; do
    [ ! -e "$repository/$part/${stanza}" ] || mv "$repository/$part/${stanza}" "$repository/$part/${stanza}-$now" || return
  done
}

bring_back() {
  rsync -e "$copy" --timeout=10 app: > /dev/null || { echo "app does not say whether it has a copy of the repository: is it up and converged?"; return 1; }
  copied | grep -q archive.info || return 0
  rsync -a --chown=postgres:postgres -e "$copy" app:repository/ "$repository/"
}

# While db tries in vain to archive, it holds the lock that this needs, for seconds at a time.
until_free() {
  for _ in {1..120}; do
    said=$(backrest "$@" 2>&1) && return
    # A check says of the lock of db by its name, of its own by the number.
    [[ $said == *"[050]"* || $said == *LockAcquireError* ]] || break
    sleep 0.5
  done
  echo "$said"
  return 1
}

case $1 in
state) state ;;
make)
  is_there || bring_back || exit
  case $(state) in
  missing) until_free stanza-create || exit ;;
  other) until_free stanza-upgrade || exit ;;
  foreign) set_aside && until_free stanza-create || exit ;;
  esac
  until_free check
  ;;
esac
`;

/** Read by libpq: the password of the stream. */
export const streamPassFile = '/etc/sla/stream.pgpass';
