import { places, stanza, streamName, streamRole } from '../../core/backupLayout.ts';
import { streamPassFile } from './stanza.ts';

export const streamProgram = '/usr/local/sbin/sla-stream';

/** Below this nothing is received: the disk of docker is never filled, and the guard on db takes the waiting away. */
const reserveMb = 256;

/** Whole segments that stay whatever is archived. */
const keptSegments = 4;

/** Runs pg_receivewal, and everything that must be decided around it. */
export const streamScript = (addressOfDb: string): string => `#!/bin/bash
# sla-stream: receives the WAL of db as it is written, and never fills the disk.
set -u
folder=${places.stream}
archive=${places.repository}/archive/${stanza}
errors=$RUNTIME_DIRECTORY/errors
place="host=${addressOfDb} user=${streamRole} dbname=postgres application_name=${streamName} connect_timeout=2 tcp_user_timeout=3000"
said= receiver=

# Each sentence once, however often it is found again.
say() { [ "$1" = "$said" ] || echo "$1"; said=$1; }
ask() { timeout 5 psql -XAtwqc "$1" "$place replication=true" 2> "$errors"; }
free_mb() { local blocks size; read -r blocks size < <(stat -f -c '%a %S' "$folder"); echo $((blocks * size / 1048576)); }
segments() { ls "$folder" | grep -E '^[0-9A-F]{24}(\\.partial)?$'; }
segment_of() { printf '%08X%08X%08X' "$1" "0x\${2%/*}" "$((0x\${2#*/} >> 24))"; }

# A slot whose WAL is gone holds nothing: it is made anew, from now on.
hold_slot() {
  local slot
  slot=$(ask 'READ_REPLICATION_SLOT ${streamName}') || return
  IFS='|' read -r kind restart timeline <<< "$slot"
  [ -n "$kind" ] && [ -n "$restart" ] && return
  [ -z "$kind" ] || ask 'DROP_REPLICATION_SLOT ${streamName}' || return
  ask 'CREATE_REPLICATION_SLOT ${streamName} PHYSICAL RESERVE_WAL' > /dev/null || return
  IFS='|' read -r kind restart timeline <<< "$(ask 'READ_REPLICATION_SLOT ${streamName}')"
}

# What is there must go on in what db will send. After a restore, or a gap, it does not: it is set aside, once.
align() {
  local system timeline position rest kind restart newest first now
  IFS='|' read -r system timeline position rest <<< "$(ask IDENTIFY_SYSTEM)"
  [ -n "$position" ] && hold_slot || return
  # Cut off while it was made: a file that is not whole holds nothing yet, and would be refused.
  find "$folder" -maxdepth 1 -name '*.partial' ! -size 16777216c -delete
  newest=$(segments | tail -n 1)
  first=$(segment_of "$timeline" "$restart") now=$(segment_of "$timeline" "$position")
  [ -n "$newest" ] && if [ "$(cat "$folder/.system" 2> /dev/null)" != "$system" ] || [ "\${newest:0:8}" != "\${now:0:8}" ] \\
    || [[ \${newest%.partial} > $now ]] || [[ $first > \${newest%.partial} ]]; then
    echo "what was received up to $newest does not go on in what db sends: set aside"
    rm -rf "$folder/aside" && mkdir "$folder/aside" && segments | sed "s|^|$folder/|" | xargs mv -t "$folder/aside" || return
  fi
  echo "$system" > "$folder/.system"
}

# Whole segments that the archive has, or has gone past, are not needed twice.
trim() {
  local last name
  last=$(ls -d "$archive"/*-*/ 2> /dev/null | sort -V | tail -n 1)
  last=$(ls -d "$last"[0-9A-F]*/ 2> /dev/null | tail -n 1)
  last=$(ls "$last"[0-9A-F]*-* 2> /dev/null | tail -n 1)
  [ -n "$last" ] || return 0
  for name in $(segments | grep -v partial | head -n -${keptSegments}); do
    [[ $name > $(basename "$last" | cut -c 1-24) ]] || [ "$folder/$name" -nt "$last" ] || rm -f "$folder/$name"
  done
  find "$folder/aside" -maxdepth 0 -mtime +0 -exec rm -rf {} + 2> /dev/null
}

trap '[ -z "$receiver" ] || kill "$receiver"; exit 0' TERM
while :; do
  trim
  if [ "$(free_mb)" -lt ${reserveMb} ]; then
    say "the disk is nearly full: nothing is received until ${reserveMb} MiB are free"
    sleep 1; continue
  fi
  if ! align; then
    say "db cannot be asked: $(head -n 1 "$errors")"
    sleep 0.5; continue
  fi
  pg_receivewal --dbname="$place" --directory="$folder" --slot=${streamName} --synchronous --no-loop \\
    --status-interval=1 --no-password 2> "$errors" & receiver=$!
  say "receiving"
  for ((round = 1; ; round++)); do
    sleep 1 & wait -n "$receiver" $!
    kill -0 "$receiver" 2> /dev/null || break
    [ $((round % 20)) -ne 0 ] || trim
    [ "$(free_mb)" -ge ${reserveMb} ] || kill "$receiver"
  done
  receiver=
  say "nothing is received: $(head -n 1 "$errors")"
  sleep 0.2
done
`;

export const streamUnit = `[Unit]
Description=SLA Lab: receives the WAL of db as it is written
After=network.target
StartLimitIntervalSec=0

[Service]
User=postgres
Group=postgres
Environment=PGPASSFILE=${streamPassFile} LC_ALL=C
RuntimeDirectory=sla-stream
ExecStart=${streamProgram}
Restart=always
RestartSec=100ms
# A commit on db waits for it.
OOMScoreAdjust=-800
CPUWeight=600
MemoryMax=128M
NoNewPrivileges=yes

[Install]
WantedBy=multi-user.target
`;
