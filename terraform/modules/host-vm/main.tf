# A host as a virtual machine: its own kernel, address, memory, cores and disk.

locals {
  full_name = "${var.lab}-${var.name}"
  digest    = sha256(local.full_name)
  # The same after every rebuild, because the guest finds its interface by it.
  mac  = upper(join(":", concat(["52", "54", "00"], [for at in [0, 2, 4] : substr(local.digest, at, 2)])))
  boot = { root = "/dev/vda", console = "ttyS0", "net.ifnames" = "0", "systemd.show_status" = "0" }
  # An emulated processor has no flaws to work around, and is so slow that the usual 90 s are not enough.
  emulated = {
    mitigations                          = "off"
    "systemd.default_device_timeout_sec" = "900"
    "systemd.default_timeout_start_sec"  = "900"
  }
}

resource "libvirt_volume" "delivered" {
  for_each = { disk = "disk.qcow2", kernel = "vmlinuz", initrd = "initrd.img" }

  name   = "${local.full_name}-delivered-${each.key}"
  pool   = var.pool
  source = "${var.image}/${each.value}"

  # A host keeps the image it was delivered with until it is rebuilt: a newer one must not cost its data.
  lifecycle {
    ignore_changes = [source]
  }
}

# Starts as the delivered image and keeps only what differs.
resource "libvirt_volume" "disk" {
  name           = "${local.full_name}-disk"
  pool           = var.pool
  base_volume_id = libvirt_volume.delivered["disk"].id
  size           = var.disk_gb * 1024 * 1024 * 1024
}

# By path, so that no private key enters the state, and as a disk of its own, so that none enters the
# command line of the emulator.
resource "libvirt_volume" "host_key" {
  name   = "${local.full_name}-host-key"
  pool   = var.pool
  source = var.host_key_file
}

resource "libvirt_domain" "host" {
  name        = local.full_name
  description = jsonencode(merge(var.labels, { "sla.host" = var.name }))
  type        = var.accelerator
  vcpu        = ceil(var.cpus)
  memory      = var.memory_mb
  autostart   = false # its network comes with the Docker engine: `sla up` starts it again

  cpu {
    mode = var.accelerator == "kvm" ? "host-passthrough" : "maximum"
  }

  kernel = libvirt_volume.delivered["kernel"].id
  initrd = libvirt_volume.delivered["initrd"].id
  # Words without a value in a map of their own: that is how the provider reads them back.
  cmdline = [merge(local.boot, var.accelerator == "qemu" ? local.emulated : {}), { "_" = "rw quiet" }]

  disk {
    volume_id = libvirt_volume.disk.id
  }
  disk {
    volume_id = libvirt_volume.host_key.id
  }
  network_interface {
    bridge = var.network
    mac    = local.mac
  }
  console {
    type        = "pty"
    target_type = "serial"
    target_port = "0"
  }
  xml {
    xslt = local.xslt
  }

  lifecycle {
    # What the guest was told at its first start; another name server of this machine is no reason to rebuild it.
    ignore_changes       = [xml]
    replace_triggered_by = [libvirt_volume.disk, libvirt_volume.host_key]
  }
}
