variable "image" {
  description = "What a container is made from. source: \"hub\" pulls name (and digest, when given) from the public hub; \"local\" expects name in the engine already, loaded over SSH."
  type = object({
    source = string
    name   = string
    digest = optional(string)
  })

  validation {
    condition     = contains(["hub", "local"], var.image.source)
    error_message = "image.source must be \"hub\" or \"local\", not \"${var.image.source}\"."
  }

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9./_-]*(:[0-9]+/[a-z0-9./_-]+)?:[A-Za-z0-9_][A-Za-z0-9_.-]*$", var.image.name)) && !endswith(var.image.name, ":latest")
    error_message = "image.name must be pinned by a tag other than latest, like prom/prometheus:v3.13.4."
  }

  validation {
    condition     = var.image.digest == null || can(regex("^sha256:[0-9a-f]{64}$", var.image.digest))
    error_message = "image.digest must be sha256: and 64 hexadecimal digits."
  }

  validation {
    condition     = var.image.digest == null || var.image.source == "hub"
    error_message = "image.digest is known to the hub only: leave it out with source \"local\"."
  }
}
