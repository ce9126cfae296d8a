#!/usr/bin/env bash
# Sourced by ./sla when its stamp does not hold: finds what is missing, then installs it or says so.
# All narration goes to stderr; what the tools print goes to the log.

: "${may_install:?}"
log=.sla/bootstrap.log
node_major=26
dockerd_state=${XDG_STATE_HOME:-$HOME/.local/state}/sla-lab/dockerd
source bootstrap/terraform.sh

make_ready() {
  mkdir -p -m 700 .sla # keys live there too
  trap 'fail interrupted "making this machine ready was interrupted" "" "run the same command again: it goes on from here"' INT TERM
  take_lock
  stamp_holds "$@" || change_this_machine "$@"
  release_lock
  trap - INT TERM
}

change_this_machine() {
  # Dated before the look at the machine, so that what changes meanwhile counts as newer.
  printf 'base%s\n' "$([[ ${1-} != test ]] || printf ' chromium')" >.sla/ready.new
  : >"$log"
  look_for_missing "${1-}"
  if [[ $may_install == false ]] && (( ${#missing[@]} + ${#packages[@]} > 0 )); then say_what_is_missing; fi
  install_packages
  (( needs_npm == 0 )) || step "npm ci" npm_ci ||
    fail machine-not-ready 'the npm packages could not be installed' "$(log_end)" \
      "make the npm registry reachable, then run the same command again; see $PWD/$log"
  ensure_engine
  ensure_terraform
  mv -- .sla/ready.new .sla/ready
}

# Looking: sets `packages` (names for apt), `missing` (the rest, in words), needs_npm and needs_engine.
look_for_missing() {
  packages=() missing=() needs_npm=0 needs_engine=0
  need mke2fs e2fsprogs
  need flock util-linux
  need ssh openssh-client
  need xz xz-utils
  need curl curl
  need openssl openssl
  need mmdebstrap mmdebstrap
  [[ -f /etc/ssl/certs/ca-certificates.crt ]] || need '' ca-certificates
  [[ $1 != test ]] || command -v chromium >/dev/null || packages+=(chromium fonts-liberation)

  engine_answers || needs_engine=1
  command -v docker >/dev/null || need docker "$(docker_client_package)"
  if (( needs_engine )); then
    if engine_is_ours_to_start; then
      need dockerd docker.io docker-ce
      need iptables iptables
    fi
    missing+=("a Docker engine that answers at ${DOCKER_HOST:-/var/run/docker.sock}")
  fi

  if ! npm_packages_are_there; then
    needs_npm=1
    missing+=("the npm packages: npm ci")
    need node nodejs
    need npm npm
  fi

  find_terraform || missing+=("Terraform or OpenTofu, $terraform_minimum or newer, on PATH")
}

# need COMMAND PACKAGE [OTHER]: where the command comes from does not matter; ordinary users do not have sbin
# on their PATH, so the package counts too.
need() {
  [[ -z $1 ]] || ! command -v "$1" >/dev/null || return 0
  local status
  status=$(dpkg-query -W -f '${db:Status-Status}\n' "${@:2}" 2>/dev/null) || true
  [[ $'\n'$status$'\n' != *$'\n'installed$'\n'* ]] || return 0
  [[ " ${packages[*]-} " == *" $2 "* ]] || packages+=("$2")
}

# Debian 13 has the client in a package of its own.
docker_client_package() {
  if apt-cache show docker-cli >/dev/null 2>&1; then printf docker-cli; else printf docker.io; fi
}

engine_is_ours_to_start() {
  [[ ${DOCKER_HOST:-unix:///var/run/docker.sock} =~ ^unix://(/var)?/run/docker.sock$ ]]
}

# npm writes node_modules/.package-lock.json when everything else is in place.
npm_packages_are_there() {
  [[ -f node_modules/.package-lock.json && ! package-lock.json -nt node_modules/.package-lock.json ]] &&
    node_is_right
}

node_is_right() {
  [[ $(node_modules/node/bin/node --version 2>/dev/null) == v$node_major.* ]]
}

say_what_is_missing() {
  local cause=()
  (( ${#packages[@]} == 0 )) || cause+=("packages: ${packages[*]}")
  cause+=("${missing[@]}")
  local remedy='run ./sla without --no-install'
  (( ${#packages[@]} == 0 )) || remedy="$(by_hand), or $remedy"
  fail machine-not-ready 'this machine is not ready, and --no-install forbids to change that' \
    "$(printf '%s\n' "${cause[@]}")" "$remedy"
}

by_hand() {
  if command -v apt-get >/dev/null; then
    printf 'run "sudo apt-get install --no-install-recommends %s"' "${packages[*]}"
  else
    printf 'install with the package manager of this system (names as in Debian): %s' "${packages[*]}"
  fi
}

# Doing.
install_packages() {
  (( ${#packages[@]} > 0 )) || return 0
  if ! command -v apt-get >/dev/null || ! may_be_root; then
    local why='there is no apt-get here'
    ! command -v apt-get >/dev/null || why='not root, and sudo does not work without a password'
    fail machine-not-ready "packages are missing: ${packages[*]}" "$why" "$(by_hand), then run the same command again"
  fi
  step "apt: ${packages[*]}" apt_install "${packages[@]}" ||
    fail machine-not-ready "packages could not be installed: ${packages[*]}" "$(log_end)" \
      "$(by_hand) and read what it says, or follow docs/runbooks/machine-not-ready.md"
  # The package lists of a fresh machine are empty, so docker-cli may only be known by now.
  if ! command -v docker >/dev/null; then
    step 'apt: docker-cli' apt_install docker-cli ||
      fail machine-not-ready 'the docker command could not be installed' "$(log_end)" 'install a Docker client, then run the same command again'
  fi
}

may_be_root() {
  as_root=()
  [[ $(id -u) != 0 ]] || return 0
  as_root=(sudo -n)
  sudo -n true 2>/dev/null
}

# A killed dpkg leaves packages half configured; another apt may hold the lock of the lists: hence twice.
apt_install() {
  local apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=600)
  local install=("${apt[@]}" install -y --no-install-recommends "$@")
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive dpkg --configure -a || true
  "${apt[@]}" update || echo 'some package lists could not be read: going on with the others'
  "${install[@]}" || { sleep 5; "${apt[@]}" update || true; "${install[@]}"; }
}

# Other packages' install scripts stay off; the one of `node` fetches the binary of this machine's kind.
# npm 11 refuses a lock without the optional packages of every other platform, which registry mirrors leave
# out; `npm install --no-save` takes the same pinned versions with the same checksums.
npm_ci() {
  local flags=(--ignore-scripts --include=dev --no-audit --no-fund --loglevel=error)
  rm -f node_modules/.package-lock.json &&
    { npm ci "${flags[@]}" || npm install --no-save "${flags[@]}"; } &&
    npm rebuild --no-ignore-scripts node &&
    touch node_modules/.package-lock.json &&
    node_is_right
}

ensure_engine() {
  if (( needs_engine == 0 )) || engine_answers; then return; fi
  local where=${DOCKER_HOST:-/var/run/docker.sock}
  engine_is_ours_to_start ||
    fail engine-unreachable "no Docker engine answers at $where" '' 'start that engine, or unset DOCKER_HOST to use the one of this machine'
  if [[ -S /var/run/docker.sock && ! -w /var/run/docker.sock ]]; then
    fail engine-unreachable "the Docker engine at $where does not let $(id -un) in" "$(ls -l /var/run/docker.sock)" \
      "run \"sudo usermod -aG docker $(id -un)\", then log in again"
  fi
  may_be_root ||
    fail engine-unreachable "no Docker engine answers at $where" 'not root, and sudo does not work without a password' \
      'run "sudo systemctl start docker", or "sudo dockerd" where there is no systemd'
  if [[ -d /run/systemd/system ]]; then
    step 'systemctl start docker' start_unit ||
      fail engine-unreachable 'the Docker engine does not start' "$(log_end)" 'run "journalctl -u docker -n 50"'
  else
    step 'dockerd' start_dockerd ||
      fail engine-unreachable 'dockerd does not answer' "$(log_end)" "read $dockerd_state/log, or follow docs/runbooks/engine-unreachable.md"
  fi
}

start_unit() {
  "${as_root[@]}" systemctl start docker && wait_for_engine true
}

# One that is starting, or hangs, is waited for and never replaced.
start_dockerd() {
  local pid='' name=''
  { read -r pid </var/run/docker.pid; read -r name <"/proc/${pid:-none}/comm"; } 2>/dev/null || true
  if [[ $name == dockerd ]]; then
    echo "dockerd runs already as process $pid"
    wait_for_engine test -d "/proc/$pid"
    return
  fi
  mkdir -p -- "$dockerd_state"
  # Without the lock's descriptor, which would stay locked as long as dockerd lives.
  setsid "${as_root[@]}" bash bootstrap/dockerd.sh "$dockerd_state" 9>&- </dev/null &
  wait_for_engine test -d "/proc/$!" || { tail -n 8 -- "$dockerd_state/log"; return 1; }
}

# wait_for_engine STILL_TRYING…: up to 60 s, and not longer than that command succeeds.
wait_for_engine() {
  local until=$((SECONDS + 60))
  until engine_answers; do
    if (( SECONDS >= until )); then echo 'no answer for 60 s'; return 1; fi
    "$@" 2>/dev/null || { echo 'the process ended'; return 1; }
    sleep 0.2
  done
}

# Two at once: the second waits. A tool that outlives a killed ./sla keeps the lock until it is done.
take_lock() {
  lock_since=$(date +%H:%M:%S)
  command -v flock >/dev/null || return 0
  exec 9>>.sla/bootstrap.lock
  local pid since doing told=
  until flock -w 1 9; do
    { IFS=$'\t' read -r pid since doing <.sla/bootstrap.holder; } 2>/dev/null || continue
    [[ $doing != "$told" ]] || continue
    told=$doing
    if [[ -d /proc/$pid ]]; then
      printf '  · waiting for process %s, which makes this machine ready since %s (now: %s)\n' "$pid" "$since" "$doing" >&2
    else
      printf '  · waiting for what process %s left running at %s: %s\n' "$pid" "$since" "$doing" >&2
    fi
  done
  tell_waiters 'looking for what is missing'
}

# The command itself must not inherit the lock.
release_lock() {
  rm -f .sla/bootstrap.holder
  exec 9>&-
}

tell_waiters() {
  printf '%s\t%s\t%s\n' "$$" "$lock_since" "$1" >.sla/bootstrap.holder.new
  mv -- .sla/bootstrap.holder.new .sla/bootstrap.holder
}

# step WHAT COMMAND…: one line before, one with the time after; the command's own words go to the log.
step() {
  local what=$1 began=${EPOCHREALTIME//[!0-9]/} end=$'\n' again='' mark=✓ status=0
  if [[ -t 2 ]]; then end='' again=$'\r\e[K'; fi
  tell_waiters "$what"
  printf '== %s\n' "$what" >>"$log"
  printf '  · %s …%s' "$what" "$end" >&2
  # In a subshell, so that an interruption is told on the stderr of this one.
  ("${@:2}") >>"$log" 2>&1 </dev/null || { status=$? mark=✗; }
  local ms=$(((${EPOCHREALTIME//[!0-9]/} - began) / 1000))
  printf '%s  %s %s  %d.%d s\n' "$again" "$mark" "$what" $((ms / 1000)) $((ms % 1000 / 100)) >&2
  return $status
}

log_end() {
  sed '/^== /d' "$log" | tail -n 8
}

# fail CODE MESSAGE CAUSE REMEDY: as core/errors.ts renders it, with its exit status.
fail() {
  local -A status=([machine-not-ready]=4 [engine-unreachable]=10 [interrupted]=130)
  local indent=$'\n          '
  printf 'error: %s [%s]\n' "$2" "$1" >&2
  [[ -z $3 ]] || printf '  cause:  %s\n' "${3//$'\n'/$indent}" >&2
  printf '  remedy: %s\n' "${4//$'\n'/$indent}" >&2
  exit "${status[$1]}"
}
