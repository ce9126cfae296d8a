mock_provider "docker" {}

variables {
  name             = "sla-prometheus"
  image            = { source = "local", name = "sla-lab/prometheus:0123456789ab" }
  network          = "sla"
  labels           = { "sla.lab" = "sla" }
  memory_mb        = 256
  logs             = { max_size = "10m", max_files = 3 }
  health_check     = { interval = "10s", timeout = "2s", retries = 3, start_period = "30s" }
  port             = 9090
  publish_address  = "10.77.0.13"
  retention        = { time = "15d", size = "1GB" }
  scrape_interval  = "5s"
  host             = "docker"
  blackbox_address = "blackbox:9115"
  node_targets     = { app = "10.77.0.11:9100", db = "10.77.0.12:9100" }
  agent_target     = "10.77.0.13:9464"
  http_probes      = { vote = { host = "app", target = "http://10.77.0.11:8080/" } }
  tcp_probes       = { postgres = { host = "db", target = "10.77.0.12:5432" } }
}

run "every_target_is_scraped_under_its_labels" {
  command = plan

  module {
    source = "../modules/prometheus"
  }

  assert {
    condition = {
      for job in yamldecode(output.config).scrape_configs :
      job.job_name => { for each in job.static_configs : one(each.targets) => each.labels }
      } == {
      prometheus   = { "127.0.0.1:9090" = { host = "docker", component = "prometheus" } }
      blackbox     = { "blackbox:9115" = { host = "docker", component = "blackbox" } }
      node         = { "10.77.0.11:9100" = { host = "app" }, "10.77.0.12:9100" = { host = "db" } }
      agent        = { "10.77.0.13:9464" = { host = "docker", component = "agent" } }
      "probe-http" = { "http://10.77.0.11:8080/" = { host = "app", component = "vote" } }
      "probe-tcp"  = { "10.77.0.12:5432" = { host = "db", component = "postgres" } }
    }
    error_message = "The scrape configuration lists itself, the exporter, the hosts and the probes."
  }

  assert {
    condition     = yamldecode(output.config).rule_files == ["/etc/prometheus/*.rules.yml"] && keys(output.rules) == ["backups.rules.yml"]
    error_message = "The rules of alerts lie where Prometheus looks for them."
  }

  assert {
    condition     = yamldecode(output.config).global.scrape_interval == "5s"
    error_message = "The interval holds for every job."
  }
}

run "probes_go_through_the_blackbox_exporter" {
  command = plan

  module {
    source = "../modules/prometheus"
  }

  assert {
    condition = alltrue([
      for job in yamldecode(output.config).scrape_configs :
      one([for relabel in job.relabel_configs : relabel.replacement if relabel.target_label == "__address__"]) == "blackbox:9115"
      if startswith(job.job_name, "probe-")
    ])
    error_message = "The address of a probe is the exporter's."
  }

  assert {
    condition = {
      for job in yamldecode(output.config).scrape_configs : job.job_name => one(job.params.module)
      if startswith(job.job_name, "probe-")
    } == { "probe-http" = "http_2xx", "probe-tcp" = "tcp_connect" }
    error_message = "Each kind of probe uses its module."
  }
}

run "only_the_web_port_is_published" {
  command = plan

  module {
    source = "../modules/prometheus"
  }

  assert {
    condition     = [for port in docker_container.prometheus.ports : "${port.ip}:${port.external}:${port.internal}"] == ["10.77.0.13:9090:9090"]
    error_message = "9090 is published on the given address, and nothing else."
  }
}

run "the_container_can_write_its_data_and_nothing_else" {
  command = plan

  module {
    source = "../modules/prometheus"
  }

  assert {
    condition     = docker_container.prometheus.read_only && docker_container.prometheus.user == "65534:65534"
    error_message = "The root is read-only and the user is not root."
  }

  assert {
    condition     = [for volume in docker_container.prometheus.volumes : volume.container_path if volume.read_only != true] == ["/prometheus"]
    error_message = "The only volume that can be written is the data."
  }

  assert {
    condition     = docker_container.prometheus.memory == 256 && docker_container.prometheus.memory_swap == 256
    error_message = "Memory ends at its limit, without swap."
  }

  assert {
    condition     = docker_container.prometheus.env == toset(["GOMEMLIMIT=230MiB"])
    error_message = "Go collects its garbage before the limit kills it."
  }
}

run "retention_by_disk_is_validated" {
  command = plan

  module {
    source = "../modules/prometheus"
  }

  variables {
    retention = { time = "15d", size = "1 gigabyte" }
  }

  expect_failures = [var.retention]
}

run "without_an_agent_none_is_scraped" {
  command = plan

  module {
    source = "../modules/prometheus"
  }

  variables {
    agent_target = ""
  }

  assert {
    condition     = !contains([for job in yamldecode(output.config).scrape_configs : job.job_name], "agent")
    error_message = "There is no job without a target."
  }
}
