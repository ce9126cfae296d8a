#!/usr/bin/env bash
# Becomes dockerd, for machines without systemd. Run as root in a session of its own: dockerd.sh STATE_FOLDER.
# Leaves in STATE_FOLDER/pid what `sla down --all` needs to stop this very process and no other that was given
# its number later: the process id, then its start time (field 22 of /proc/PID/stat).
set -euo pipefail

state=$1

# dockerd and containerd refuse to start while the number in an old pid file is in use by anything at all.
forget_unless_alive() {
  local file=$1 name=$2 pid='' running=''
  [[ -f $file ]] || return 0
  read -r pid <"$file" || true
  { read -r running <"/proc/${pid:-none}/comm"; } 2>/dev/null || true
  [[ $running == "$name" ]] || rm -f -- "$file"
}

forget_unless_alive /var/run/docker.pid dockerd
forget_unless_alive /var/run/docker/containerd/containerd.pid containerd

read -r stat <"/proc/$$/stat"
read -r -a after_name <<<"${stat##*) }"
printf '%s\n%s\n' "$$" "${after_name[19]}" >"$state/pid.new"
mv -- "$state/pid.new" "$state/pid"

# Engines from 26.1 on refuse bridges where IPv6 cannot be switched off, unless told otherwise.
export DOCKER_ALLOW_IPV6_ON_IPV4_INTERFACE=1
exec dockerd >"$state/log" 2>&1
