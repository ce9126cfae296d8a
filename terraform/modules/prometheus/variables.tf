variable "name" {
  description = "Name of the container."
  type        = string

  validation {
    condition     = can(regex("^[a-zA-Z0-9][a-zA-Z0-9_.-]+$", var.name))
    error_message = "name must be a container name: letters, digits, \"_\", \".\" and \"-\"."
  }
}

variable "image" {
  description = "What the container is made from; see modules/image, which validates it."
  type = object({
    source = string
    name   = string
    digest = optional(string)
  })
}

variable "network" {
  description = "Name of the network the container joins."
  type        = string

  validation {
    condition     = length(var.network) > 0
    error_message = "network must not be empty."
  }
}

variable "labels" {
  description = "Labels of everything this module makes."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for label in keys(var.labels) : can(regex("^[a-z0-9][a-z0-9._/-]*$", label))])
    error_message = "labels must have lower-case names, like sla.lab."
  }
}

variable "memory_mb" {
  description = "Memory limit in MiB; there is no swap beyond it."
  type        = number

  validation {
    condition     = var.memory_mb >= 128 && floor(var.memory_mb) == var.memory_mb
    error_message = "memory_mb must be a whole number of 128 or more."
  }
}

variable "logs" {
  description = "How much of the container's own log the host keeps: max_files files of max_size each."
  type = object({
    max_size  = string
    max_files = number
  })

  validation {
    condition     = can(regex("^[1-9][0-9]*[kmg]$", var.logs.max_size)) && var.logs.max_files >= 1
    error_message = "logs.max_size must be like 10m and logs.max_files at least 1."
  }
}

variable "health_check" {
  description = "How the engine watches the container."
  type = object({
    interval     = string
    timeout      = string
    retries      = number
    start_period = string
  })

  validation {
    condition     = alltrue([for duration in [var.health_check.interval, var.health_check.timeout, var.health_check.start_period] : can(regex("^[1-9][0-9]*(ms|s|m)$", duration))]) && var.health_check.retries >= 1
    error_message = "health_check durations must be like 10s, and retries at least 1."
  }
}

variable "port" {
  description = "Port of the host on which Prometheus is published."
  type        = number

  validation {
    condition     = var.port >= 1 && var.port <= 65535 && floor(var.port) == var.port
    error_message = "port must be a whole number between 1 and 65535."
  }
}

variable "publish_address" {
  description = "Address of the host to which the port is bound."
  type        = string

  validation {
    condition     = can(cidrhost("${var.publish_address}/32", 0))
    error_message = "publish_address must be an IPv4 address."
  }
}

variable "retention" {
  description = "How long samples are kept, and how much disk they may take; what is reached first counts."
  type = object({
    time = string
    size = string
  })

  validation {
    condition     = can(regex("^[1-9][0-9]*[hdwy]$", var.retention.time)) && can(regex("^[1-9][0-9]*(MB|GB|TB)$", var.retention.size))
    error_message = "retention.time must be like 15d and retention.size like 1GB."
  }
}

variable "scrape_interval" {
  description = "How often every target is scraped and probed."
  type        = string

  validation {
    condition     = can(regex("^([1-9][0-9]{3,}ms|[1-9][0-9]*(s|m))$", var.scrape_interval))
    error_message = "scrape_interval must be a duration of a second or more, like 5s or 1500ms."
  }
}

variable "host" {
  description = "Value of the label host for what runs beside Prometheus."
  type        = string

  validation {
    condition     = length(var.host) > 0
    error_message = "host must not be empty."
  }
}

variable "blackbox_address" {
  description = "Where Prometheus reaches the blackbox exporter, host:port."
  type        = string

  validation {
    condition     = can(regex("^[^:/ ]+:[0-9]+$", var.blackbox_address))
    error_message = "blackbox_address must be host:port."
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
  description = "Metrics of the agent: address:port; empty where there is no agent."
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^([^:/ ]+:[0-9]+)?$", var.agent_target))
    error_message = "agent_target must be address:port, or empty."
  }
}

variable "http_probes" {
  description = "Pages that must answer with 2xx: component to its host and URL."
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
