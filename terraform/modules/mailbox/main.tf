# The client's mailbox: beside the three hosts, never on them.

resource "docker_container" "mailbox" {
  name        = "${var.lab}-mailbox"
  hostname    = "mailbox"
  image       = var.image
  memory      = var.memory_mb
  memory_swap = var.memory_mb
  restart     = "no"

  networks_advanced {
    name         = var.network
    ipv4_address = var.address
  }

  dynamic "labels" {
    for_each = var.labels
    content {
      label = labels.key
      value = labels.value
    }
  }
}
