# What host-container takes, and at the end what only a virtual machine needs.

variable "lab" {
  description = "Name of the lab; the host is called <lab>-<name> on this machine."
  type        = string
}

variable "name" {
  description = "Host name, as the client calls it."
  type        = string
}

variable "image" {
  description = "Folder of the delivered image on this machine: disk.qcow2, vmlinuz and initrd.img."
  type        = string
}

variable "network" {
  description = "Bridge of the lab network on this machine."
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
  description = "CPU cores of the host; a virtual machine has whole ones, so a fraction is rounded up."
  type        = number
}

variable "memory_mb" {
  description = "Memory in MiB; there is no swap."
  type        = number
}

variable "disk_gb" {
  description = "Size of the disk in GiB; the disk really ends there."
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
  description = "Only containers can publish ports; a virtual machine is reached at its address."
  type        = map(number)
  default     = {}
  validation {
    condition     = length(var.published_ports) == 0
    error_message = "A virtual machine publishes no ports: use its address, or the substrate container."
  }
}

variable "labels" {
  description = "Labels that say whose the host is."
  type        = map(string)
}

variable "subnet" {
  description = "IPv4 network of the lab; its first address is the way out."
  type        = string
}

variable "pool" {
  description = "Storage pool of the disks."
  type        = string
}

variable "accelerator" {
  description = "kvm, or qemu where the processor cannot run virtual machines: then it is emulated."
  type        = string
  validation {
    condition     = contains(["kvm", "qemu"], var.accelerator)
    error_message = "The accelerator is kvm or qemu."
  }
}
