variable "docker_host" {
  description = "The host that carries the stack, and how SSH reaches its engine. name is the value of the label host."
  type = object({
    name     = optional(string, "docker")
    address  = string
    user     = optional(string, "root")
    ssh_port = optional(number, 22)
  })

  validation {
    condition     = can(regex("^[A-Za-z0-9.-]+$", var.docker_host.address))
    error_message = "docker_host.address must be an IPv4 address or a host name."
  }

  validation {
    condition     = can(regex("^[a-z_][a-z0-9_-]*$", var.docker_host.user))
    error_message = "docker_host.user must be the name of a user."
  }

  validation {
    condition     = var.docker_host.ssh_port >= 1 && var.docker_host.ssh_port <= 65535 && floor(var.docker_host.ssh_port) == var.docker_host.ssh_port
    error_message = "docker_host.ssh_port must be a whole number between 1 and 65535."
  }
}

variable "ssh_key_file" {
  description = "Absolute path of the operator's private key."
  type        = string

  validation {
    condition     = startswith(var.ssh_key_file, "/")
    error_message = "ssh_key_file must be an absolute path."
  }
}

variable "known_hosts_file" {
  description = "Absolute path of the file with the pinned host key of docker_host; an unknown key is refused."
  type        = string

  validation {
    condition     = startswith(var.known_hosts_file, "/")
    error_message = "known_hosts_file must be an absolute path."
  }
}

variable "prefix" {
  description = "What the names of the network, the volume and the containers begin with."
  type        = string
  default     = "sla"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,31}$", var.prefix))
    error_message = "prefix takes 1 to 32 of a-z, 0-9 and -, and starts with a letter."
  }
}

variable "labels" {
  description = "Labels of everything the stack makes, such as sla.lab and sla.checkout."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for label in keys(var.labels) : can(regex("^[a-z0-9][a-z0-9._/-]*$", label))])
    error_message = "labels must have lower-case names, like sla.lab."
  }
}

variable "images" {
  description = "What each container is made from. source: \"hub\" pulls name (and digest, when given); \"local\" expects name in the host's engine already."
  type = object({
    prometheus = optional(object({
      source = string
      name   = string
      digest = optional(string)
      }), {
      source = "hub"
      name   = "prom/prometheus:v3.13.4"
      digest = "sha256:87861b8cf91579109319ebc300f3f1060e6da9c05d6ae8ad15a20c879e84e32e"
    })
    blackbox = optional(object({
      source = string
      name   = string
      digest = optional(string)
      }), {
      source = "hub"
      name   = "prom/blackbox-exporter:v0.28.0"
      digest = "sha256:e753ff9f3fc458d02cca5eddab5a77e1c175eee484a8925ac7d524f04366c2fc"
    })
  })
  default = {}

  validation {
    condition     = alltrue([for image in values(var.images) : contains(["hub", "local"], image.source)])
    error_message = "images: source must be \"hub\" or \"local\"."
  }
}

variable "memory_mb" {
  description = "Memory limit of each container in MiB."
  type = object({
    prometheus = optional(number, 256)
    blackbox   = optional(number, 64)
  })
  default = {}

  validation {
    condition     = var.memory_mb.prometheus >= 128 && var.memory_mb.blackbox >= 32
    error_message = "memory_mb: prometheus needs at least 128, blackbox 32."
  }
}

variable "prometheus_port" {
  description = "Port of docker_host on which Prometheus is published."
  type        = number
  default     = 9090

  validation {
    condition     = var.prometheus_port >= 1 && var.prometheus_port <= 65535 && floor(var.prometheus_port) == var.prometheus_port
    error_message = "prometheus_port must be a whole number between 1 and 65535."
  }
}

variable "publish_address" {
  description = "Address of docker_host to which ports are bound. An address that comes up after the engine keeps the container down at boot: then leave it at 0.0.0.0."
  type        = string
  default     = "0.0.0.0"

  validation {
    condition     = can(cidrhost("${var.publish_address}/32", 0))
    error_message = "publish_address must be an IPv4 address."
  }
}

variable "retention" {
  description = "How long samples are kept, and how much disk they may take; what is reached first counts."
  type = object({
    time = optional(string, "15d")
    size = optional(string, "1GB")
  })
  default = {}

  validation {
    condition     = can(regex("^[1-9][0-9]*[hdwy]$", var.retention.time)) && can(regex("^[1-9][0-9]*(MB|GB|TB)$", var.retention.size))
    error_message = "retention.time must be like 15d and retention.size like 1GB."
  }
}

variable "scrape_interval" {
  description = "How often every target is scraped and probed."
  type        = string
  default     = "5s"

  validation {
    condition     = can(regex("^([1-9][0-9]{3,}ms|[1-9][0-9]*(s|m))$", var.scrape_interval))
    error_message = "scrape_interval must be a duration of a second or more, like 5s or 1500ms."
  }
}

variable "probe_timeout" {
  description = "How long a probe waits before its target counts as down."
  type        = string
  default     = "1s"

  validation {
    condition     = can(regex("^[1-9][0-9]*(ms|s)$", var.probe_timeout))
    error_message = "probe_timeout must be a duration like 1s or 500ms."
  }
}

variable "node_targets" {
  description = "node_exporter of each host: host name to address:port."
  type        = map(string)

  validation {
    condition     = alltrue([for target in values(var.node_targets) : can(regex("^[^:/ ]+:[0-9]+$", target))])
    error_message = "node_targets must be address:port."
  }
}

variable "agent_target" {
  description = "Metrics of the agent on docker_host: address:port; empty where there is no agent."
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^([^:/ ]+:[0-9]+)?$", var.agent_target))
    error_message = "agent_target must be address:port, or empty."
  }
}

variable "http_probes" {
  description = "Pages that must answer with 2xx: component to its host and the URL the client uses."
  type = map(object({
    host   = string
    target = string
  }))

  validation {
    condition     = alltrue([for probe in values(var.http_probes) : can(regex("^https?://[^ ]+$", probe.target))])
    error_message = "http_probes targets must be URLs that begin with http:// or https://."
  }
}

variable "tcp_probes" {
  description = "Ports that must accept a connection: component to its host and address:port."
  type = map(object({
    host   = string
    target = string
  }))

  validation {
    condition     = alltrue([for probe in values(var.tcp_probes) : can(regex("^[^:/ ]+:[0-9]+$", probe.target))])
    error_message = "tcp_probes targets must be address:port."
  }
}

variable "logs" {
  description = "How much of each container's own log the host keeps: max_files files of max_size each."
  type = object({
    max_size  = optional(string, "10m")
    max_files = optional(number, 3)
  })
  default = {}

  validation {
    condition     = can(regex("^[1-9][0-9]*[kmg]$", var.logs.max_size)) && var.logs.max_files >= 1
    error_message = "logs.max_size must be like 10m and logs.max_files at least 1."
  }
}

variable "health_check" {
  description = "How the engine watches each container."
  type = object({
    interval     = optional(string, "10s")
    timeout      = optional(string, "2s")
    retries      = optional(number, 3)
    start_period = optional(string, "30s")
  })
  default = {}

  validation {
    condition     = alltrue([for duration in [var.health_check.interval, var.health_check.timeout, var.health_check.start_period] : can(regex("^[1-9][0-9]*(ms|s|m)$", duration))]) && var.health_check.retries >= 1
    error_message = "health_check durations must be like 10s, and retries at least 1."
  }
}
