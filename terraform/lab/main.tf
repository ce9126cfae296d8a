# The client's side: a network, three hosts, and the mailbox that the client reads.

provider "docker" {}

locals {
  labels    = merge(var.labels, { "sla.lab" = var.lab })
  addresses = { for name, host in var.hosts : name => cidrhost(var.subnet, host.number) }
  # The names the application has compiled in, and one per host.
  names = merge(local.addresses, { redis = local.addresses["db"] })
}

resource "docker_network" "lab" {
  name   = "${var.lab}-net"
  driver = "bridge"
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

module "host" {
  source   = "../modules/host-container"
  for_each = var.hosts

  lab                 = var.lab
  name                = each.key
  image               = each.value.image
  network             = docker_network.lab.name
  address             = local.addresses[each.key]
  names               = { for name, address in local.names : name => address if name != each.key }
  cpus                = each.value.cpus
  memory_mb           = each.value.memory_mb
  disk_gb             = each.value.disk_gb
  authorized_key_file = var.authorized_key_file
  host_key_file       = each.value.host_key_file
  published_ports     = each.value.published_ports
  labels              = local.labels
}

module "mailbox" {
  source = "../modules/mailbox"

  lab     = var.lab
  image   = var.mailbox.image
  network = docker_network.lab.name
  address = cidrhost(var.subnet, var.mailbox.number)
  labels  = local.labels
}
