# Kernel and initramfs of the virtual machines. They boot from here, so no host carries a boot loader,
# and one kernel serves all of them.
ARG BASE
FROM ${BASE}
# A list instead of everything: what mounts the root file system, and nothing that would only cost time at boot.
RUN mkdir -p /etc/initramfs-tools/conf.d \
 && printf 'MODULES=list\nCOMPRESS=zstd\n' > /etc/initramfs-tools/conf.d/lab \
 && printf 'virtio_blk\nvirtio_net\n' > /etc/initramfs-tools/modules \
 && apt-get update && apt-get install -y initramfs-tools zstd linux-image-cloud-amd64 && apt-get clean
