mock_provider "docker" {}

variables {
  name          = "sla-blackbox"
  image         = { source = "local", name = "sla-lab/blackbox:0123456789ab" }
  network       = "sla"
  labels        = { "sla.lab" = "sla" }
  memory_mb     = 64
  logs          = { max_size = "10m", max_files = 3 }
  health_check  = { interval = "10s", timeout = "2s", retries = 3, start_period = "30s" }
  probe_timeout = "1s"
}

run "every_probe_gives_up_after_the_timeout" {
  command = plan

  module {
    source = "../modules/blackbox"
  }

  assert {
    condition     = { for name, probe in yamldecode(output.config).modules : name => probe.timeout } == { http_2xx = "1s", tcp_connect = "1s" }
    error_message = "Both kinds of probe wait for the timeout and no longer."
  }
}

run "the_exporter_is_not_published_and_not_root" {
  command = plan

  module {
    source = "../modules/blackbox"
  }

  assert {
    condition     = length(docker_container.blackbox.ports) == 0
    error_message = "Only containers of the network reach the exporter."
  }

  assert {
    condition     = docker_container.blackbox.user == "65534:65534" && docker_container.blackbox.read_only
    error_message = "The upstream image's root user is not used."
  }
}
