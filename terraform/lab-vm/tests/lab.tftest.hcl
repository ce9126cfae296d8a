mock_provider "libvirt" {}
mock_provider "docker" {}

variables {
  accelerator         = "qemu"
  mailbox             = { image = "sla-lab/mailbox:1", number = 14 }
  authorized_key_file = "../../test/fixtures/keys/operator.pub"
  labels              = { "sla.checkout" = "here" }
  hosts = {
    app    = { image = "/cache/vm-app", number = 11, cpus = 1, memory_mb = 1024, disk_gb = 8, host_key_file = "../../test/fixtures/keys/app" }
    db     = { image = "/cache/vm-db", number = 12, cpus = 1, memory_mb = 1024, disk_gb = 8, host_key_file = "../../test/fixtures/keys/db" }
    docker = { image = "/cache/vm-docker", number = 13, cpus = 1, memory_mb = 1536, disk_gb = 10, host_key_file = "../../test/fixtures/keys/docker" }
  }
}

run "hosts_are_where_those_of_the_other_root_are" {
  command = plan

  assert {
    condition     = { for name, host in output.hosts : name => host.address } == { app = "10.77.0.11", db = "10.77.0.12", docker = "10.77.0.13" }
    error_message = "An address follows from the subnet and the number."
  }

  assert {
    condition     = output.mailbox == { address = "10.77.0.14", smtp_port = 25 }
    error_message = "The mailbox is in the same network."
  }
}

run "machines_and_mailbox_share_a_bridge_whose_name_fits" {
  command = plan

  variables {
    lab = "a-lab-with-a-name-so-lon"
  }

  assert {
    condition     = length(docker_network.lab.options["com.docker.network.bridge.name"]) <= 15
    error_message = "An interface has at most 15 letters."
  }

}

run "the_other_root_makes_containers" {
  command = plan

  variables {
    substrate = "container"
  }

  expect_failures = [var.substrate]
}
