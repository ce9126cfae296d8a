locals {
  alias = "blackbox"
  port  = 9115

  config = yamlencode({
    modules = {
      http_2xx = {
        prober  = "http"
        timeout = var.probe_timeout
        http    = { preferred_ip_protocol = "ip4" }
      }
      tcp_connect = {
        prober  = "tcp"
        timeout = var.probe_timeout
        tcp     = { preferred_ip_protocol = "ip4" }
      }
    }
  })
}

module "image" {
  source = "../image"
  image  = var.image
}

module "config" {
  source = "../config-volume"
  name   = "${var.name}-config"
  image  = module.image.reference
  files  = { "config.yml" = local.config }
  labels = var.labels
}

resource "docker_container" "blackbox" {
  name    = var.name
  image   = module.image.reference
  restart = "unless-stopped"
  # The upstream image would run as root.
  user          = "65534:65534"
  read_only     = true
  security_opts = ["no-new-privileges:true"]
  memory        = var.memory_mb
  memory_swap   = var.memory_mb
  log_driver    = "json-file"
  log_opts      = { max-size = var.logs.max_size, max-file = tostring(var.logs.max_files) }
  # Failed probes only: at info, 0.26 writes five lines for each probe that succeeds.
  command = ["--config.file=/etc/blackbox_exporter/config.yml", "--log.prober=error"]

  capabilities {
    drop = ["ALL"]
  }

  volumes {
    volume_name    = module.config.volume
    container_path = "/etc/blackbox_exporter"
    read_only      = true
  }

  networks_advanced {
    name    = var.network
    aliases = [local.alias]
  }

  healthcheck {
    test         = ["CMD", "wget", "-q", "-O", "/dev/null", "http://127.0.0.1:${local.port}/-/healthy"]
    interval     = var.health_check.interval
    timeout      = var.health_check.timeout
    retries      = var.health_check.retries
    start_period = var.health_check.start_period
  }

  dynamic "labels" {
    for_each = var.labels
    content {
      label = labels.key
      value = labels.value
    }
  }
}
