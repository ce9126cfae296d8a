mock_provider "docker" {}

run "the_hub_is_asked_for_tag_and_digest" {
  command = plan

  module {
    source = "../modules/image"
  }

  variables {
    image = {
      source = "hub"
      name   = "prom/prometheus:v3.13.4"
      digest = "sha256:87861b8cf91579109319ebc300f3f1060e6da9c05d6ae8ad15a20c879e84e32e"
    }
  }

  assert {
    condition     = docker_image.hub[0].name == "prom/prometheus:v3.13.4@sha256:87861b8cf91579109319ebc300f3f1060e6da9c05d6ae8ad15a20c879e84e32e"
    error_message = "The image is pinned by tag and digest."
  }
}

run "a_local_image_is_used_by_its_name_and_never_pulled" {
  command = plan

  module {
    source = "../modules/image"
  }

  variables {
    image = { source = "local", name = "sla-lab/prometheus:0123456789ab" }
  }

  assert {
    condition     = length(docker_image.hub) == 0
    error_message = "Nothing is asked from the hub."
  }

  assert {
    condition     = output.reference == "sla-lab/prometheus:0123456789ab"
    error_message = "The container is made from the name."
  }
}

run "an_image_without_a_tag_is_refused" {
  command = plan

  module {
    source = "../modules/image"
  }

  variables {
    image = { source = "hub", name = "prom/prometheus" }
  }

  expect_failures = [var.image]
}

run "latest_is_refused" {
  command = plan

  module {
    source = "../modules/image"
  }

  variables {
    image = { source = "hub", name = "prom/prometheus:latest" }
  }

  expect_failures = [var.image]
}

run "a_digest_of_a_local_image_is_refused" {
  command = plan

  module {
    source = "../modules/image"
  }

  variables {
    image = {
      source = "local"
      name   = "sla-lab/prometheus:0123456789ab"
      digest = "sha256:87861b8cf91579109319ebc300f3f1060e6da9c05d6ae8ad15a20c879e84e32e"
    }
  }

  expect_failures = [var.image]
}
