mock_provider "docker" {}

variables {
  authorized_key_file = "../../test/fixtures/keys/operator.pub"
  labels              = { "sla.checkout" = "here" }
  mailbox             = { image = "sla-lab/mailbox:1", number = 14 }
  hosts = {
    app    = { image = "sla-lab/app:1", number = 11, cpus = 1, memory_mb = 1024, disk_gb = 8, host_key_file = "../../test/fixtures/keys/app" }
    db     = { image = "sla-lab/db:1", number = 12, cpus = 1, memory_mb = 1024, disk_gb = 8, host_key_file = "../../test/fixtures/keys/db" }
    docker = { image = "sla-lab/docker:1", number = 13, cpus = 1, memory_mb = 1536, disk_gb = 10, host_key_file = "../../test/fixtures/keys/docker" }
  }
}

run "three_hosts_have_their_places_in_the_subnet" {
  command = plan

  assert {
    condition = { for name, host in output.hosts : name => "${host.user}@${host.address}:${host.ssh_port}" } == {
      app    = "root@10.77.0.11:22"
      db     = "root@10.77.0.12:22"
      docker = "root@10.77.0.13:22"
    }
    error_message = "A host's address is its number in the subnet."
  }

  assert {
    condition     = output.hosts["db"].host_key == "ssh-ed25519 not-a-key-of-db"
    error_message = "The host key is given out without its comment."
  }

  assert {
    condition     = output.mailbox == { address = "10.77.0.14", smtp_port = 25 }
    error_message = "The mailbox stands beside the hosts."
  }
}

run "the_network_belongs_to_the_lab" {
  command = plan

  variables {
    lab    = "two"
    subnet = "10.80.0.0/24"
  }

  assert {
    condition     = docker_network.lab.name == "two-net" && one(docker_network.lab.ipam_config).subnet == "10.80.0.0/24"
    error_message = "Name and subnet of the network are those of the lab."
  }

  assert {
    condition     = one(docker_network.lab.ipam_config).gateway == "10.80.0.1"
    error_message = "This machine has the first address."
  }

  assert {
    condition = { for label in docker_network.lab.labels : label.label => label.value } == {
      "sla.lab"      = "two"
      "sla.checkout" = "here"
    }
    error_message = "The network says whose it is."
  }

  assert {
    condition     = output.hosts["app"].address == "10.80.0.11"
    error_message = "The hosts move with the subnet."
  }
}

run "a_subnet_that_is_none_is_refused" {
  command = plan
  variables {
    subnet = "ten"
  }
  expect_failures = [var.subnet]
}

run "a_subnet_that_is_too_small_is_refused" {
  command = plan
  variables {
    subnet = "10.77.0.0/28"
  }
  expect_failures = [var.subnet]
}

run "a_subnet_of_ipv6_is_refused" {
  command = plan
  variables {
    subnet = "fd00::/64"
  }
  expect_failures = [var.subnet]
}

run "a_lab_name_with_capitals_is_refused" {
  command = plan
  variables {
    lab = "Lab"
  }
  expect_failures = [var.lab]
}

run "an_operator_key_of_another_type_is_refused" {
  command = plan
  variables {
    authorized_key_file = "../../test/fixtures/keys/app"
  }
  expect_failures = [var.authorized_key_file]
}

run "a_lab_without_db_is_refused" {
  command = plan
  variables {
    hosts = {
      app    = { image = "x", number = 11, cpus = 1, memory_mb = 1024, disk_gb = 8, host_key_file = "../../test/fixtures/keys/app" }
      docker = { image = "x", number = 13, cpus = 1, memory_mb = 1024, disk_gb = 8, host_key_file = "../../test/fixtures/keys/docker" }
    }
  }
  expect_failures = [var.hosts]
}

run "two_hosts_in_one_place_are_refused" {
  command = plan
  variables {
    hosts = {
      app    = { image = "x", number = 12, cpus = 1, memory_mb = 1024, disk_gb = 8, host_key_file = "../../test/fixtures/keys/app" }
      db     = { image = "x", number = 12, cpus = 1, memory_mb = 1024, disk_gb = 8, host_key_file = "../../test/fixtures/keys/db" }
      docker = { image = "x", number = 13, cpus = 1, memory_mb = 1024, disk_gb = 8, host_key_file = "../../test/fixtures/keys/docker" }
    }
  }
  expect_failures = [var.hosts]
}

run "a_host_in_the_place_of_this_machine_is_refused" {
  command = plan
  variables {
    hosts = {
      app    = { image = "x", number = 1, cpus = 1, memory_mb = 1024, disk_gb = 8, host_key_file = "../../test/fixtures/keys/app" }
      db     = { image = "x", number = 12, cpus = 1, memory_mb = 1024, disk_gb = 8, host_key_file = "../../test/fixtures/keys/db" }
      docker = { image = "x", number = 13, cpus = 1, memory_mb = 1024, disk_gb = 8, host_key_file = "../../test/fixtures/keys/docker" }
    }
  }
  expect_failures = [var.hosts]
}

run "a_disk_that_is_too_small_is_refused" {
  command = plan
  variables {
    hosts = {
      app    = { image = "x", number = 11, cpus = 1, memory_mb = 1024, disk_gb = 8, host_key_file = "../../test/fixtures/keys/app" }
      db     = { image = "x", number = 12, cpus = 1, memory_mb = 1024, disk_gb = 1, host_key_file = "../../test/fixtures/keys/db" }
      docker = { image = "x", number = 13, cpus = 1, memory_mb = 1024, disk_gb = 8, host_key_file = "../../test/fixtures/keys/docker" }
    }
  }
  expect_failures = [var.hosts]
}

run "a_mailbox_in_the_place_of_a_host_is_refused" {
  command = plan
  variables {
    mailbox = { image = "sla-lab/mailbox:1", number = 12 }
  }
  expect_failures = [var.mailbox]
}

run "a_substrate_that_does_not_exist_is_refused" {
  command = plan
  variables {
    substrate = "cloud"
  }
  expect_failures = [var.substrate]
}
