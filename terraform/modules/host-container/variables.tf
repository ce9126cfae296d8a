# host-vm takes the same variables: keep the two lists equal.

variable "lab" {
  description = "Name of the lab; the host is called <lab>-<name> on this machine."
  type        = string
}

variable "name" {
  description = "Host name, as the client calls it."
  type        = string
}

variable "image" {
  description = "Delivered image of this host."
  type        = string
}

variable "network" {
  description = "Name of the lab network."
  type        = string
}

variable "address" {
  description = "IPv4 address of the host in the lab network."
  type        = string
}

variable "names" {
  description = "Host names the client wrote into /etc/hosts, each with its IPv4 address."
  type        = map(string)
}

variable "cpus" {
  description = "CPU cores the host may use; fractions are allowed."
  type        = number
}

variable "memory_mb" {
  description = "Memory in MiB; there is no swap."
  type        = number
}

variable "disk_gb" {
  description = "Size of the data disk in GiB; the disk really ends there."
  type        = number
}

variable "authorized_key_file" {
  description = "Public key that may log in as root."
  type        = string
}

variable "host_key_file" {
  description = "Private Ed25519 host key; its public half lies beside it with the ending .pub."
  type        = string
}

variable "published_ports" {
  description = "Ports of this machine that lead to the host: port here => port there."
  type        = map(number)
  default     = {}
}

variable "labels" {
  description = "Labels that say whose the host is."
  type        = map(string)
}
