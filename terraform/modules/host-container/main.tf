# A host as a system container: systemd as PID 1, its own address, memory, cores and disk.

locals {
  full_name = "${var.lab}-${var.name}"
  # Attached before Terraform runs; the link survives a change of the loop device behind it.
  disk_device = "/dev/sla-${var.lab}-${var.name}"
  # As the engine reports it back, or every plan wants a new host.
  cpus = floor(var.cpus) == var.cpus ? format("%.1f", var.cpus) : tostring(var.cpus)
}

resource "docker_volume" "disk" {
  name   = "${local.full_name}-disk"
  driver = "local"
  driver_opts = {
    type   = "ext4"
    device = local.disk_device
  }

  dynamic "labels" {
    for_each = merge(var.labels, { "sla.disk_gb" = tostring(var.disk_gb) })
    content {
      label = labels.key
      value = labels.value
    }
  }
}

resource "docker_container" "host" {
  name     = local.full_name
  hostname = var.name
  image    = var.image

  cpus        = local.cpus
  memory      = var.memory_mb
  memory_swap = var.memory_mb # equal to memory: no swap; unset, every plan would differ
  restart     = "no"          # its disk must be attached first: `sla up` starts it again

  # Enough for systemd, an engine and a firewall inside. The prefix is what the engine reports back:
  # without it every plan wants a new host.
  capabilities {
    add = [
      "CAP_AUDIT_WRITE", "CAP_MKNOD", "CAP_NET_ADMIN", "CAP_NET_RAW", "CAP_SYSLOG", "CAP_SYS_ADMIN", "CAP_SYS_PTRACE",
    ]
  }
  security_opts = ["apparmor=unconfined", "seccomp=unconfined"]
  cgroupns_mode = "host"
  tmpfs         = { "/run" = "", "/run/lock" = "", "/tmp" = "" }

  volumes {
    host_path      = "/sys/fs/cgroup"
    container_path = "/sys/fs/cgroup"
  }
  volumes {
    volume_name    = docker_volume.disk.name
    container_path = "/var"
  }

  networks_advanced {
    name         = var.network
    ipv4_address = var.address
  }

  dynamic "host" {
    for_each = var.names
    content {
      host = host.key
      ip   = host.value
    }
  }

  dynamic "ports" {
    for_each = var.published_ports
    content {
      ip       = "127.0.0.1"
      external = tonumber(ports.key)
      internal = ports.value
    }
  }

  # By path and hash, so that no private key enters the state.
  upload {
    file        = "/root/.ssh/authorized_keys"
    source      = var.authorized_key_file
    source_hash = filesha256(var.authorized_key_file)
    permissions = "0600"
  }
  upload {
    file        = "/etc/ssh/ssh_host_ed25519_key"
    source      = var.host_key_file
    source_hash = filesha256(var.host_key_file)
    permissions = "0600"
  }

  dynamic "labels" {
    for_each = merge(var.labels, { "sla.host" = var.name })
    content {
      label = labels.key
      value = labels.value
    }
  }

  # A host keeps the image it was delivered with until it is rebuilt: a newer one must not cost its data.
  lifecycle {
    ignore_changes = [image]
  }
}
