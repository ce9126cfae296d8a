output "address" {
  description = "Where containers of the same network reach the exporter, host:port."
  value       = "${local.alias}:${local.port}"
}

output "config" {
  description = "The rendered configuration of the probes."
  value       = local.config
}
