variable "lab" {
  description = "Name of the lab; the mailbox is called <lab>-mailbox on this machine."
  type        = string
}

variable "image" {
  description = "Image of the client's mailbox."
  type        = string
}

variable "network" {
  description = "Name of the lab network."
  type        = string
}

variable "address" {
  description = "IPv4 address of the mailbox in the lab network."
  type        = string
}

variable "memory_mb" {
  description = "Memory in MiB; there is no swap."
  type        = number
  default     = 128
}

variable "labels" {
  description = "Labels that say whose the mailbox is."
  type        = map(string)
}
