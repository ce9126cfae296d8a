variable "name" {
  description = "What the names of the volume and of its loader begin with."
  type        = string

  validation {
    condition     = can(regex("^[a-zA-Z0-9][a-zA-Z0-9_.-]+$", var.name))
    error_message = "name takes letters, digits, \"_\", \".\" and \"-\"."
  }
}

variable "image" {
  description = "Any image of the engine; nothing of it is run."
  type        = string

  validation {
    condition     = length(var.image) > 0
    error_message = "image must not be empty."
  }
}

variable "files" {
  description = "Files of the volume: name to content."
  type        = map(string)

  validation {
    condition     = alltrue([for name in keys(var.files) : can(regex("^[a-zA-Z0-9][a-zA-Z0-9_.-]*$", name))])
    error_message = "files have plain names without directories."
  }
}

variable "labels" {
  description = "Labels of the volume and its loader."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for label in keys(var.labels) : can(regex("^[a-z0-9][a-z0-9._/-]*$", label))])
    error_message = "labels must have lower-case names, like sla.lab."
  }
}
