import { backupUnits, streamName } from '../../core/backupLayout.ts';

export const guardProgram = '/usr/local/sbin/sla-sync-guard';

const folder = `/run/${backupUnits.syncGuard.replace('.service', '')}`;

/**
 * Whom a commit waits for, read by PostgreSQL. In memory, so that a full disk cannot keep it from being written,
 * and a host that was restarted waits for nobody until the guard has looked.
 */
export const namesFile = `${folder}/names.conf`;

/** A hundredth of a second each. */
const [silence, proof] = [200, 200];

export const guardScript = `#!/bin/bash
# sla-sync-guard: commits wait for docker as long as docker receives, and for nobody when it does not.
set -u
cd /
file=${namesFile}
# What commits wait for; then what the receiver does, how far behind it is, and what changes with its messages.
query="SELECT concat_ws('|', current_setting('synchronous_standby_names'), coalesce(
  (SELECT concat_ws('|', state, pg_wal_lsn_diff(pg_current_wal_flush_lsn(), flush_lsn), flush_lsn, reply_time)
    FROM pg_stat_replication WHERE application_name = '${streamName}' AND flush_lsn IS NOT NULL
    ORDER BY reply_time DESC LIMIT 1), 'absent|0||'))"

# One client for all questions; when PostgreSQL is away the next one tries again. A client of template1 keeps others
# from making a database: it is only for the moments in which a restore has taken the other one away.
coproc sql { while :; do psql -XAtqw -d postgres; timeout 5 psql -XAtqw -d template1; sleep 0.25; done 2> /dev/null; }

# Neither the clock of docker nor that of this host is believed: both may jump.
now() { local up; read -r up _ < /proc/uptime; time=\${up/./}; }

# Answers carry the number of their question: one that came too late is not taken for the next.
asked=0 answer=
ask() {
  local line
  printf 'SELECT %d, (%s);\\n' $((++asked)) "\${1//$'\\n'/ }" >&"\${sql[1]}"
  while read -rt 1 line <&"\${sql[0]}"; do
    [ "\${line%%|*}" != "$asked" ] || { answer=\${line#*|}; return 0; }
  done
  return 1
}
give() {
  echo "synchronous_standby_names = '${streamName}'" > "$file.new" && mv "$file.new" "$file" || return
  given=${streamName}
  ask 'pg_reload_conf()'
  echo "the guarantee is given: a commit waits until docker has it too"
}
take() {
  rm -f "$file"
  given=
  ask 'pg_reload_conf()' || timeout 2 psql -XAtqwd template1 -c 'SELECT pg_reload_conf()' > /dev/null
  echo "the guarantee is gone: $1; commits go on without a second copy"
}

now; heard=$time moved=$time lost=$time reply= flushed=
[ -s "$file" ] && given=${streamName} || given=
# A guard that is told to stop leaves nobody waiting.
trap '[ -z "$given" ] || take "its guard is stopped"; exit 0' TERM
while sleep 0.25; do
  ask "$query" && now || { now; lost=$time; continue; }
  IFS='|' read -r names state lag at told <<< "$answer"
  [ "$names" = "$given" ] || ask 'pg_reload_conf()'
  [ "$state" = absent ] || [ "$told" = "$reply" ] || { reply=$told; heard=$time; }
  [ "$lag" != 0 ] && [ "$at" = "$flushed" ] || { flushed=$at; moved=$time; }
  [ "$state" = streaming ] && [ "$lag" -lt 16777216 ] && [ $((time - heard)) -lt ${silence} ] || lost=$time
  if [ -z "$given" ]; then
    [ $((time - lost)) -lt ${proof} ] || give
  elif [ $((time - heard)) -ge ${silence} ]; then take "nobody has received the WAL for 2 s"
  elif [ $((time - moved)) -ge ${silence} ]; then take "docker has written nothing of the WAL for 2 s"; fi
done
`;

export const guardUnit = `[Unit]
Description=SLA Lab: takes the waiting for docker away when nobody receives
After=postgresql.service
StartLimitIntervalSec=0

[Service]
User=postgres
Group=postgres
RuntimeDirectory=${backupUnits.syncGuard.replace('.service', '')}
RuntimeDirectoryPreserve=restart
ExecStart=${guardProgram}
# Its client must live until the last word.
KillMode=mixed
Restart=always
RestartSec=100ms
# Without it a lost docker host would stop the database.
OOMScoreAdjust=-900
CPUWeight=800
MemoryMin=8M
MemoryMax=64M
NoNewPrivileges=yes

[Install]
WantedBy=multi-user.target
`;
