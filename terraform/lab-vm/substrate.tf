variable "substrate" {
  description = "What a host is made of."
  type        = string
  default     = "vm"
  validation {
    condition     = var.substrate == "vm"
    error_message = "Here the substrate is vm; the root of containers is terraform/lab."
  }
}

variable "accelerator" {
  description = "kvm, or qemu where the processor cannot run virtual machines: then it is emulated."
  type        = string
  default     = "kvm"
}
