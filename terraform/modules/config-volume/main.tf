locals {
  # Other files, another volume: what reads it is replaced with it.
  name = "${var.name}-${substr(sha256(jsonencode(var.files)), 0, 8)}"
}

resource "docker_volume" "files" {
  name = local.name

  dynamic "labels" {
    for_each = var.labels
    content {
      label = labels.key
      value = labels.value
    }
  }
}

# Never started. The provider uploads through the root of a container, which Docker refuses where that root is
# read-only; so this one takes the files for the container that is.
resource "docker_container" "loader" {
  name     = local.name
  image    = var.image
  start    = false
  must_run = false

  volumes {
    volume_name    = docker_volume.files.name
    container_path = "/files"
  }

  dynamic "upload" {
    for_each = var.files
    content {
      file    = "/files/${upload.key}"
      content = upload.value
    }
  }

  dynamic "labels" {
    for_each = var.labels
    content {
      label = labels.key
      value = labels.value
    }
  }
}
