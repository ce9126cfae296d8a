import { backupPorts, places, stanza, streamRole } from '../../core/backupLayout.ts';

export const stanzaProgram = '/usr/local/sbin/sla-stanza';

/** Answers of `sla-stanza state`; the last is followed by what is waited for. */
export const stanzaStates = ['ready', 'missing', 'other', 'waits'] as const;

/**
 * Makes the repository fit the cluster of db. An empty repository is not taken for a new one while app may hold
 * a copy of it: that comes back first.
 */
export const stanzaScript = (addressOfDb: string): string => `#!/bin/bash
# sla-stanza state|make: whether the repository knows the cluster that runs on db, and makes it so.
set -u
repository=${places.repository}
copy="ssh -F ${places.copySsh}"

rest() { runuser -u postgres -- pgbackrest --stanza=${stanza} "$@"; }
listens() { timeout 2 bash -c 'exec 3<> "/dev/tcp/$1/$2"' bash "$1" "$2" 2> /dev/null; }
found() {
  runuser -u postgres -- env PGPASSFILE=${streamPassFile} PGCONNECT_TIMEOUT=2 \\
    psql -XAtwqc IDENTIFY_SYSTEM "host=${addressOfDb} user=${streamRole} dbname=postgres replication=true" 2> /dev/null | cut -d '|' -f 1
}
known() { rest --output=json info 2> /dev/null | grep -o '"system-id":[0-9]*' | tail -n 1 | cut -d : -f 2; }
is_there() { [ -e "$repository/archive/${stanza}/archive.info" ]; }
# Lists the copy on app; fails when app cannot be asked.
copied() { rsync -e "$copy" --timeout=10 app:repository/archive/${stanza}/ 2> /dev/null; }

state() {
  listens ${addressOfDb} ${backupPorts.pgbackrest} || { echo "waits for pgBackRest on db"; return; }
  cluster=$(found)
  [ -n "$cluster" ] || { echo "waits for PostgreSQL on db to let the stream in"; return; }
  is_there || { echo missing; return; }
  repo=$(known)
  [ -n "$repo" ] || { echo "waits for a repository that can be read: is its key another one?"; return; }
  [ "$repo" = "$cluster" ] && echo ready || echo other
}

bring_back() {
  rsync -e "$copy" --timeout=10 app: > /dev/null || { echo "app does not say whether it has a copy of the repository"; return 1; }
  copied | grep -q archive.info || return 0
  rsync -a --chown=postgres:postgres -e "$copy" app:repository/ "$repository/"
}

# While db tries in vain to archive, it holds the lock that this needs, for seconds at a time.
until_free() {
  for _ in {1..60}; do
    said=$(rest "$@" 2>&1) && return
    [[ $said == *LockAcquireError* ]] || break
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
  esac
  until_free check
  ;;
esac
`;

/** Read by libpq: the password of the stream. */
export const streamPassFile = '/etc/sla/stream.pgpass';
