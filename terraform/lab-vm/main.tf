# terraform/lab with virtual machines for hosts. A root of its own, because Terraform installs every provider
# that a root mentions, and a lab of containers has no use for libvirt.

provider "docker" {}

provider "libvirt" {
  uri = "qemu:///system"
}

locals {
  labels    = merge(var.labels, { "sla.lab" = var.lab })
  addresses = { for name, host in var.hosts : name => cidrhost(var.subnet, host.number) }
  # The names the application has compiled in, and one per host.
  names = merge(local.addresses, { redis = local.addresses["db"] })
  # An interface has at most 15 letters.
  bridge = "sla-${substr(sha256(var.lab), 0, 10)}"
}

# One network for the machines and the mailbox: Docker makes the bridge, its way out and its firewall rules,
# again after each reboot, and the machines are plugged in beside the containers.
resource "docker_network" "lab" {
  name    = "${var.lab}-net"
  driver  = "bridge"
  options = { "com.docker.network.bridge.name" = local.bridge }
  ipam_config {
    subnet  = var.subnet
    gateway = cidrhost(var.subnet, 1)
  }
  dynamic "labels" {
    for_each = local.labels
    content {
      label = labels.key
      value = labels.value
    }
  }
}

resource "libvirt_pool" "disks" {
  name = "${var.lab}-disks"
  type = "dir"
  target {
    path = "/var/lib/libvirt/images/${var.lab}-disks"
  }
}

module "host" {
  source   = "../modules/host-vm"
  for_each = var.hosts

  lab                 = var.lab
  name                = each.key
  image               = each.value.image
  network             = docker_network.lab.options["com.docker.network.bridge.name"]
  address             = local.addresses[each.key]
  names               = { for name, address in local.names : name => address if name != each.key }
  cpus                = each.value.cpus
  memory_mb           = each.value.memory_mb
  disk_gb             = each.value.disk_gb
  authorized_key_file = var.authorized_key_file
  host_key_file       = each.value.host_key_file
  published_ports     = each.value.published_ports
  labels              = local.labels
  subnet              = var.subnet
  pool                = libvirt_pool.disks.name
  accelerator         = var.accelerator
}

module "mailbox" {
  source = "../modules/mailbox"

  lab     = var.lab
  image   = var.mailbox.image
  network = docker_network.lab.name
  address = cidrhost(var.subnet, var.mailbox.number)
  labels  = local.labels
}
