variable "lab" {
  description = "Name of the lab; everything it makes starts with it."
  type        = string
  default     = "sla"
  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,23}$", var.lab))
    error_message = "The lab name takes 1 to 24 of a-z, 0-9 and -, and starts with a letter."
  }
}

variable "subnet" {
  description = "IPv4 network of the lab; the first address is this machine's."
  type        = string
  default     = "10.77.0.0/24"
  validation {
    condition     = can(cidrhost(var.subnet, 20)) && can(cidrnetmask(var.subnet))
    error_message = "The subnet is an IPv4 network like 10.77.0.0/24 with room for at least 20 addresses."
  }
}

variable "hosts" {
  description = "The client's machines: image, place in the subnet, size, host key and published ports of each."
  type = map(object({
    image           = string
    number          = number
    cpus            = number
    memory_mb       = number
    disk_gb         = number
    host_key_file   = string
    published_ports = optional(map(number), {})
  }))
  validation {
    condition     = toset(keys(var.hosts)) == toset(["app", "db", "docker"])
    error_message = "The hosts are app, db and docker."
  }
  validation {
    condition     = alltrue([for host in var.hosts : host.number >= 2 && host.number <= 250])
    error_message = "A host's number, its place in the subnet, is between 2 and 250."
  }
  validation {
    condition     = alltrue([for host in var.hosts : host.cpus >= 0.25 && host.memory_mb >= 256 && host.disk_gb >= 2])
    error_message = "A host has at least 0.25 cpus, 256 MiB of memory and 2 GiB of disk."
  }
  validation {
    condition     = length(distinct([for host in var.hosts : host.number])) == length(var.hosts)
    error_message = "Each host has a number of its own."
  }
}

variable "mailbox" {
  description = "Image of the client's mailbox and its place in the subnet."
  type        = object({ image = string, number = number })
  validation {
    condition     = !contains([for host in var.hosts : host.number], var.mailbox.number)
    error_message = "The mailbox has a number of its own, beside those of the hosts."
  }
}

variable "authorized_key_file" {
  description = "Public key of the operator."
  type        = string
  validation {
    condition     = can(regex("^ssh-ed25519 ", file(var.authorized_key_file)))
    error_message = "The operator key is an Ed25519 public key."
  }
}

variable "labels" {
  description = "Labels that say whose everything is."
  type        = map(string)
  default     = {}
}
