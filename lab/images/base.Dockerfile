# The Debian 13 every host starts from: systemd, SSH, the usual tools, and a warm package cache,
# so that a host can be provisioned with no network at all. What is installed leaves the cache by itself: an
# "apt-get clean" in an image that is made from this one would empty it.
ARG BASE
FROM ${BASE}
ENV container=docker DEBIAN_FRONTEND=noninteractive
RUN printf 'Acquire::GzipIndexes "true";\nAPT::Install-Recommends "false";\nAPT::Keep-Downloaded-Packages "false";\n' > /etc/apt/apt.conf.d/10-small \
 && apt-get update \
 && apt-get install -y systemd systemd-sysv dbus libpam-systemd openssh-server sudo iproute2 nftables procps \
      curl ca-certificates iputils-ping less logrotate cron psmisc e2fsprogs mount python3 python3-apt \
 && apt-get install -y --download-only prometheus-node-exporter haproxy chrony unattended-upgrades \
      pgbackrest postgresql-17 redis-server rsync \
 && rm -f /etc/ssh/ssh_host_* && : > /etc/machine-id && rm -f /var/lib/dbus/machine-id
# What only makes sense on hardware would fail in a system container and leave the host "degraded".
RUN systemctl mask systemd-remount-fs.service systemd-udevd.service systemd-udevd-kernel.socket \
      systemd-udevd-control.socket systemd-networkd.service systemd-resolved.service console-getty.service \
      getty.target systemd-logind.service sys-kernel-debug.mount sys-kernel-tracing.mount dev-hugepages.mount \
 && systemctl enable ssh.service
COPY base/ /
STOPSIGNAL SIGRTMIN+3
CMD ["/sbin/init"]
