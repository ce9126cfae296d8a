mock_provider "docker" {}

variables {
  docker_host      = { address = "10.77.0.13" }
  ssh_key_file     = "/lab/operator_key"
  known_hosts_file = "/lab/known_hosts"
  labels           = { "sla.lab" = "sla", "sla.checkout" = "here" }
  node_targets     = { app = "10.77.0.11:9100", db = "10.77.0.12:9100", docker = "10.77.0.13:9100" }
  http_probes = {
    vote   = { host = "app", target = "http://10.77.0.11:8080/" }
    result = { host = "app", target = "http://10.77.0.11:8081/" }
  }
  tcp_probes = {
    postgres = { host = "db", target = "10.77.0.12:5432" }
    redis    = { host = "db", target = "10.77.0.12:6379" }
  }
}

run "says_where_prometheus_is" {
  command = plan

  assert {
    condition     = output.prometheus_url == "http://10.77.0.13:9090"
    error_message = "The URL is made of the host's address and the port."
  }

  assert {
    condition     = output.blackbox_url == "http://blackbox:9115"
    error_message = "Containers of the network reach the exporter by its alias."
  }

  assert {
    condition     = tomap({ for label in docker_network.stack.labels : label.label => label.value }) == var.labels
    error_message = "The network carries the labels."
  }
}

run "another_port_moves_the_url" {
  command = plan

  variables {
    prometheus_port = 9190
  }

  assert {
    condition     = output.prometheus_url == "http://10.77.0.13:9190"
    error_message = "The URL follows the port."
  }
}

run "an_image_of_an_unknown_source_is_refused" {
  command = plan

  variables {
    images = { prometheus = { source = "registry", name = "prom/prometheus:v3.13.4" } }
  }

  expect_failures = [var.images]
}

run "a_port_out_of_range_is_refused" {
  command = plan

  variables {
    prometheus_port = 70000
  }

  expect_failures = [var.prometheus_port]
}

run "an_interval_without_a_unit_is_refused" {
  command = plan

  variables {
    scrape_interval = "5"
  }

  expect_failures = [var.scrape_interval]
}

run "an_interval_below_a_second_is_refused" {
  command = plan

  variables {
    scrape_interval = "500ms"
  }

  expect_failures = [var.scrape_interval]
}

run "a_key_file_by_a_relative_path_is_refused" {
  command = plan

  variables {
    ssh_key_file     = "operator_key"
    known_hosts_file = "known_hosts"
  }

  expect_failures = [var.ssh_key_file, var.known_hosts_file]
}

run "a_host_with_a_blank_in_its_address_is_refused" {
  command = plan

  variables {
    docker_host = { address = "10.77.0.13 -o" }
  }

  expect_failures = [var.docker_host]
}

run "a_probe_that_is_no_url_is_refused" {
  command = plan

  variables {
    http_probes = { vote = { host = "app", target = "10.77.0.11:8080" } }
  }

  expect_failures = [var.http_probes]
}

run "too_little_memory_is_refused" {
  command = plan

  variables {
    memory_mb = { prometheus = 64 }
  }

  expect_failures = [var.memory_mb]
}
