#!/usr/bin/env bash
# Run from the checkout when hosts are virtual machines: installs libvirt and QEMU where they are missing, and
# starts libvirtd. Narration goes to stderr; a failure goes to stdout as code, message, cause and remedy, with
# a line of its own that says "--" between them.
set -euo pipefail

may_install=true
source bootstrap/ready.sh

daemons_state=${XDG_STATE_HOME:-$HOME/.local/state}/sla-lab
hypervisor=qemu:///system

make_hypervisor_ready() {
  is_amd64
  mkdir -p -m 700 .sla
  ! hypervisor_answers || [[ -n $(missing_programs) ]] || return 0
  take_lock
  : >"$log"
  packages=()
  read -r -a packages <<<"$(missing_programs)"
  install_packages
  start_hypervisor
  release_lock
}

is_amd64() {
  [[ $(uname -m) == x86_64 ]] ||
    fail machine-not-ready "virtual machines need an x86-64 processor, and this is $(uname -m)" '' \
      'run the same command with "--substrate container"'
}

# Drivers are looked for as files: libvirtd starts without them and fails later.
missing_programs() {
  packages=()
  need libvirtd libvirt-daemon-system
  need virsh libvirt-clients
  need qemu-system-x86_64 qemu-system-x86
  need qemu-img qemu-utils
  need xsltproc xsltproc
  compgen -G '/usr/lib*/libvirt/connection-driver/libvirt_driver_qemu.so' >/dev/null ||
    compgen -G '/usr/lib/*/libvirt/connection-driver/libvirt_driver_qemu.so' >/dev/null ||
    packages+=(libvirt-daemon-driver-qemu)
  printf '%s\n' "${packages[*]-}"
}

hypervisor_answers() {
  command -v virsh >/dev/null && timeout 20 virsh -q -c "$hypervisor" version >/dev/null 2>&1
}

start_hypervisor() {
  ! hypervisor_answers || return 0
  if [[ -S /run/libvirt/libvirt-sock && $(id -u) != 0 ]] && ! id -nG | grep -qw libvirt; then
    fail machine-not-ready "libvirtd does not let $(id -un) in" "$(ls -l /run/libvirt/libvirt-sock)" \
      "run \"sudo usermod -aG libvirt $(id -un)\", then log in again"
  fi
  may_be_root ||
    fail machine-not-ready 'libvirtd does not answer' 'not root, and sudo does not work without a password' \
      'run "sudo systemctl start libvirtd", or "sudo virtlogd -d" and "sudo libvirtd -d" where there is no systemd'
  local how=start_daemons
  if [[ -d /run/systemd/system ]]; then how=start_libvirt_units; fi
  step libvirtd "$how" ||
    fail machine-not-ready 'libvirtd does not start' "$(log_end)" "read $PWD/$log, then run the same command again"
}

start_libvirt_units() {
  "${as_root[@]}" systemctl start virtlogd libvirtd && wait_for_hypervisor
}

# The daemons must not inherit the lock, nor hold the output of this script open.
start_daemons() {
  run_daemon virtlogd virtlogd -d && run_daemon libvirtd "${without_kvm[@]}" libvirtd -d && wait_for_hypervisor
}

# Where the device is there but the processor lacks it, opening it hangs for a minute: libvirtd then lives in
# a mount namespace of its own, with a device in that place that nobody may open. One that can be opened would
# not do: libvirtd would ask the emulator again and again why it makes no use of it.
hide_kvm='mount -t tmpfs -o mode=700 tmpfs /mnt && mknod -m 000 /mnt/kvm c 1 3 && mount --bind /mnt/kvm /dev/kvm &&
  umount -l /mnt && exec "$@"'
without_kvm=()
if [[ -e /dev/kvm ]] && ! grep -qwE 'vmx|svm' /proc/cpuinfo; then
  without_kvm=(unshare --mount --propagation slave sh -c "$hide_kvm" sh)
fi

# run_daemon NAME COMMAND…: starts what is not running, and remembers what it started as dockerd.sh does.
run_daemon() {
  local name=$1 pid='' running=''
  shift
  pid=$(pid_in "$name")
  { read -r running <"/proc/${pid:-none}/comm"; } 2>/dev/null || true
  [[ $running != "$name" ]] || { echo "$name runs already as process $pid"; return 0; }
  "${as_root[@]}" rm -f "/run/$name.pid"
  "${as_root[@]}" "$@" 9>&- </dev/null || return 1
  local until=$((SECONDS + 10))
  until pid=$(pid_in "$name") && [[ -n $pid ]]; do
    (( SECONDS < until )) || { echo "$name left no process id"; return 1; }
    sleep 0.05
  done
  remember_daemon "$name" "$pid"
}

# The file ends without a line end, which `read` takes for a failure.
pid_in() {
  cat -- "/run/$1.pid" 2>/dev/null || true
}

remember_daemon() {
  local folder=$daemons_state/$1 stat after_name
  read -r stat <"/proc/$2/stat"
  read -r -a after_name <<<"${stat##*) }"
  mkdir -p -- "$folder"
  printf '%s\n%s\n' "$2" "${after_name[19]}" >"$folder/pid.new"
  mv -- "$folder/pid.new" "$folder/pid"
}

wait_for_hypervisor() {
  local until=$((SECONDS + 60))
  until hypervisor_answers; do
    if (( SECONDS >= until )); then
      echo 'no answer for 60 s'
      virsh -c "$hypervisor" version 2>&1 || true
      return 1
    fi
    sleep 0.1
  done
}

# Instead of the one of ready.sh: whoever runs this script tells the failure in the words of its own command.
fail() {
  printf '%s\n--\n%s\n--\n%s\n--\n%s\n' "$@"
  exit 1
}

make_hypervisor_ready
