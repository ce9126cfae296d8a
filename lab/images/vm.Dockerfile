# A delivered host as a virtual machine: the same file system, plus what only a machine of its own needs.
ARG BASE
ARG KERNEL
FROM ${KERNEL} AS kernel
FROM ${BASE}
RUN apt-get install -y udev kmod && apt-get clean \
 && systemctl unmask systemd-remount-fs.service systemd-udevd.service systemd-udevd-kernel.socket \
      systemd-udevd-control.socket systemd-networkd.service systemd-logind.service sys-kernel-debug.mount \
      sys-kernel-tracing.mount dev-hugepages.mount
COPY --from=kernel /usr/lib/modules /usr/lib/modules
COPY vm/ /
RUN systemctl enable systemd-networkd.service systemd-network-generator.service host-key.service grow-root.service \
 && systemctl disable systemd-networkd-wait-online.service
