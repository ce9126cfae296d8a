resource "docker_image" "hub" {
  count = var.image.source == "hub" ? 1 : 0

  name = var.image.digest == null ? var.image.name : "${var.image.name}@${var.image.digest}"
}
