module "image" {
  source = "../image"
  image  = var.image
}

module "config" {
  source = "../config-volume"
  name   = "${var.name}-config"
  image  = module.image.reference
  files  = merge(local.rules, { "prometheus.yml" = local.config })
  labels = var.labels
}

resource "docker_volume" "data" {
  name = "${var.name}-data"

  dynamic "labels" {
    for_each = var.labels
    content {
      label = labels.key
      value = labels.value
    }
  }
}

resource "docker_container" "prometheus" {
  name                  = var.name
  image                 = module.image.reference
  restart               = "unless-stopped"
  user                  = "65534:65534"
  read_only             = true
  security_opts         = ["no-new-privileges:true"]
  memory                = var.memory_mb
  memory_swap           = var.memory_mb
  log_driver            = "json-file"
  log_opts              = { max-size = var.logs.max_size, max-file = tostring(var.logs.max_files) }
  destroy_grace_seconds = 10

  command = [
    "--config.file=/etc/prometheus/prometheus.yml",
    "--storage.tsdb.path=/prometheus",
    "--storage.tsdb.retention.time=${var.retention.time}",
    "--storage.tsdb.retention.size=${var.retention.size}",
  ]

  # Version 3 finds its memory limit by itself; 2.53 would grow until it is killed.
  env = ["GOMEMLIMIT=${floor(var.memory_mb * 0.9)}MiB"]

  capabilities {
    drop = ["ALL"]
  }

  volumes {
    volume_name    = docker_volume.data.name
    container_path = "/prometheus"
  }

  volumes {
    volume_name    = module.config.volume
    container_path = "/etc/prometheus"
    read_only      = true
  }

  ports {
    internal = local.port
    external = var.port
    ip       = var.publish_address
  }

  networks_advanced {
    name    = var.network
    aliases = ["prometheus"]
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
