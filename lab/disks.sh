#!/bin/sh
# Runs in a container of the base image: LAB attach NAME:GIB[:new]..., or LAB delete NAME...
# A disk is a sparse ext4 image on a loop device, reached through a link that outlives a change of device.
set -eu
lab=$1 verb=$2
shift 2

loop_of() { losetup --noheadings --output NAME --associated "$1" | head -n 1; }

delete() {
  if [ -e "/disks/$1.ext4" ]; then
    loop=$(loop_of "/disks/$1.ext4")
    [ -z "$loop" ] || losetup --detach "$loop"
  fi
  rm -f "/disks/$1.ext4" "/disks/$1.ext4.new" "/dev/sla-$lab-$1"
}

attach() {
  name=${1%%:*} size=${1#*:} image=/disks/${1%%:*}.ext4
  case $size in *:new) size=${size%:new}; delete "$name" ;; esac
  if [ ! -e "$image" ]; then
    truncate --size "${size}G" "$image.new"
    mke2fs -q -t ext4 -m 1 "$image.new"
    # An empty root: the engine fills a volume from the image only when nothing is in it.
    debugfs -w -R 'rmdir lost+found' "$image.new" 2>/dev/null
    mv "$image.new" "$image"
  fi
  loop=$(loop_of "$image")
  [ -n "$loop" ] || loop=$(losetup --find --show "$image")
  ln -sfn "$loop" "/dev/sla-$lab-$name"
}

for disk in "$@"; do "$verb" "$disk"; done
