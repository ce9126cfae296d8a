variable "substrate" {
  description = "What a host is made of."
  type        = string
  default     = "container"
  validation {
    condition     = var.substrate == "container"
    error_message = "Here the substrate is container; the root of virtual machines is terraform/lab-vm."
  }
}
