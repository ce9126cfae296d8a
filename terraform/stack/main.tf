provider "docker" {
  host = "ssh://${var.docker_host.user}@${var.docker_host.address}:${var.docker_host.ssh_port}"

  # The check would ask the engine for its version on every connection: a second for each plan.
  disable_docker_daemon_check = true

  # Each element reaches ssh as one word; the inner quotes are for ssh, which splits a path at blanks.
  ssh_opts = [
    "-o", "IdentityFile=\"${var.ssh_key_file}\"",
    "-o", "IdentitiesOnly=yes",
    "-o", "UserKnownHostsFile=\"${var.known_hosts_file}\"",
    "-o", "StrictHostKeyChecking=yes",
    "-o", "BatchMode=yes",
    "-o", "ConnectTimeout=5",
  ]
}

# Every module of the stack joins this network and finds the others by name. Only what people open is published.
resource "docker_network" "stack" {
  name = var.prefix

  dynamic "labels" {
    for_each = var.labels
    content {
      label = labels.key
      value = labels.value
    }
  }
}

module "blackbox" {
  source = "../modules/blackbox"

  name          = "${var.prefix}-blackbox"
  image         = var.images.blackbox
  memory_mb     = var.memory_mb.blackbox
  probe_timeout = var.probe_timeout

  network      = docker_network.stack.name
  labels       = var.labels
  logs         = var.logs
  health_check = var.health_check
}

module "prometheus" {
  source = "../modules/prometheus"

  name             = "${var.prefix}-prometheus"
  image            = var.images.prometheus
  memory_mb        = var.memory_mb.prometheus
  port             = var.prometheus_port
  publish_address  = var.publish_address
  retention        = var.retention
  scrape_interval  = var.scrape_interval
  host             = var.docker_host.name
  blackbox_address = module.blackbox.address
  node_targets     = var.node_targets
  agent_target     = var.agent_target
  http_probes      = var.http_probes
  tcp_probes       = var.tcp_probes

  network      = docker_network.stack.name
  labels       = var.labels
  logs         = var.logs
  health_check = var.health_check
}
