output "config" {
  description = "The rendered prometheus.yml."
  value       = local.config
}

output "rules" {
  description = "Files of alert rules that are loaded: name to content."
  value       = local.rules
}
