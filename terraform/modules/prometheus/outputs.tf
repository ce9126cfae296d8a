output "config" {
  description = "The rendered prometheus.yml."
  value       = local.config
}
