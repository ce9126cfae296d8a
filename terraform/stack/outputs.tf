output "prometheus_url" {
  description = "Where people and programs outside reach Prometheus."
  value       = "http://${var.docker_host.address}:${var.prometheus_port}"
}

output "blackbox_url" {
  description = "Where containers of the stack's network reach the blackbox exporter; it is not published."
  value       = "http://${module.blackbox.address}"
}
