output "volume" {
  description = "Name of the volume, filled."
  value       = docker_volume.files.name
  depends_on  = [docker_container.loader]
}
