#!/bin/sh
# Runs in a container and writes to /run/out: "disk", the file system of the container as an ext4 image, or
# "kernel", the kernel and initramfs of the container. Whoever owns the folder is to own the files.
set -eu

disk() {
  # Mounted once more, without what is mounted on it: what the engine puts into a container stays out.
  mount --bind / /mnt
  truncate --size 2G /run/out/disk.raw
  mke2fs -q -t ext4 -m 1 -d /mnt /run/out/disk.raw
  # Each host gets its own at the first start.
  printf 'rm /etc/%s\n' hostname hosts resolv.conf | debugfs -w -f - /run/out/disk.raw >/dev/null 2>&1
  debugfs -w -R 'rm /.dockerenv' /run/out/disk.raw >/dev/null 2>&1
}

kernel() {
  cp /boot/vmlinuz-* /run/out/vmlinuz
  cp /boot/initrd.img-* /run/out/initrd.img
}

"$1"
chown -R --reference /run/out /run/out
