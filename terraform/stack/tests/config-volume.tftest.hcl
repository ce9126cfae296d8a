mock_provider "docker" {}

run "a_changed_file_is_another_volume" {
  command = plan

  module {
    source = "../modules/config-volume"
  }

  variables {
    name  = "sla-blackbox-config"
    image = "sla-lab/blackbox:0123456789ab"
    files = { "config.yml" = "modules: {}" }
  }

  assert {
    condition     = docker_volume.files.name == "sla-blackbox-config-${substr(sha256(jsonencode(var.files)), 0, 8)}"
    error_message = "The name of the volume follows its content."
  }

  assert {
    condition     = one(docker_container.loader.upload).file == "/files/config.yml" && !docker_container.loader.start
    error_message = "The loader takes the file and is not started."
  }
}

run "a_file_in_a_directory_is_refused" {
  command = plan

  module {
    source = "../modules/config-volume"
  }

  variables {
    name  = "sla-blackbox-config"
    image = "sla-lab/blackbox:0123456789ab"
    files = { "rules/config.yml" = "modules: {}" }
  }

  expect_failures = [var.files]
}
