output "reference" {
  description = "What docker_container takes as its image."
  value       = one(docker_image.hub[*].image_id) == null ? var.image.name : one(docker_image.hub[*].image_id)
}
