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
    condition     = var.memory_mb >= 32 && floor(var.memory_mb) == var.memory_mb
    error_message = "memory_mb must be a whole number of 32 or more."
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

variable "probe_timeout" {
  description = "How long a probe waits before its target counts as down."
  type        = string

  validation {
    condition     = can(regex("^[1-9][0-9]*(ms|s)$", var.probe_timeout))
    error_message = "probe_timeout must be a duration like 1s or 500ms."
  }
}
