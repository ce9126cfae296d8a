mock_provider "docker" {}

variables {
  lab                 = "sla"
  name                = "db"
  image               = "sla-lab/db:1"
  network             = "sla-net"
  address             = "10.77.0.12"
  names               = { app = "10.77.0.11", docker = "10.77.0.13" }
  cpus                = 1
  memory_mb           = 1024
  disk_gb             = 8
  authorized_key_file = "../../test/fixtures/keys/operator.pub"
  host_key_file       = "../../test/fixtures/keys/db"
  labels              = { "sla.lab" = "sla" }
}

run "a_host_is_limited_as_asked" {
  command = plan

  module {
    source = "../modules/host-container"
  }

  assert {
    condition     = docker_container.host.memory == 1024 && docker_container.host.memory_swap == docker_container.host.memory
    error_message = "Swap is equal to memory: none, and no plan differs."
  }

  assert {
    condition     = docker_container.host.cpus == "1.0"
    error_message = "Whole cores are written as the engine reports them back."
  }

  assert {
    condition     = docker_volume.disk.driver_opts == tomap({ type = "ext4", device = "/dev/sla-sla-db" })
    error_message = "The disk is the device that was attached for this host."
  }

  assert {
    condition     = { for label in docker_volume.disk.labels : label.label => label.value }["sla.disk_gb"] == "8"
    error_message = "The size of the disk stands on its volume."
  }

  assert {
    condition     = docker_container.host.restart == "no"
    error_message = "A host is not started before its disk is attached."
  }
}

run "fractions_of_a_core_stay_as_they_are" {
  command = plan

  module {
    source = "../modules/host-container"
  }

  variables {
    cpus = 0.25
  }

  assert {
    condition     = docker_container.host.cpus == "0.25"
    error_message = "Fractions are written without padding."
  }
}

run "a_host_knows_the_others_by_name" {
  command = plan

  module {
    source = "../modules/host-container"
  }

  assert {
    condition     = tomap({ for entry in docker_container.host.host : entry.host => entry.ip }) == var.names
    error_message = "The names stand in /etc/hosts."
  }

  assert {
    condition     = one(docker_container.host.networks_advanced).ipv4_address == "10.77.0.12"
    error_message = "The address is fixed."
  }

  assert {
    condition     = docker_container.host.name == "sla-db" && docker_container.host.hostname == "db"
    error_message = "On this machine the name carries the lab, inside it does not."
  }

  assert {
    condition     = { for label in docker_container.host.labels : label.label => label.value } == { "sla.lab" = "sla", "sla.host" = "db" }
    error_message = "The host says whose it is and which."
  }
}

run "keys_are_given_by_path_and_no_content_enters_the_state" {
  command = plan

  module {
    source = "../modules/host-container"
  }

  assert {
    condition = { for each in docker_container.host.upload : each.file => each.source } == {
      "/root/.ssh/authorized_keys"    = "../../test/fixtures/keys/operator.pub"
      "/etc/ssh/ssh_host_ed25519_key" = "../../test/fixtures/keys/db"
    }
    error_message = "The operator key and the host key are uploaded."
  }

  assert {
    condition     = alltrue([for each in docker_container.host.upload : each.content == null && each.content_base64 == null && each.permissions == "0600"])
    error_message = "A key is readable by root only, and is not in the state."
  }
}

run "published_ports_are_open_to_this_machine_only" {
  command = plan

  module {
    source = "../modules/host-container"
  }

  variables {
    published_ports = { "15432" = 5432 }
  }

  assert {
    condition     = one(docker_container.host.ports).ip == "127.0.0.1" && one(docker_container.host.ports).external == 15432 && one(docker_container.host.ports).internal == 5432
    error_message = "A published port leads from the loopback of this machine to the host."
  }
}

run "the_mailbox_has_its_own_place_and_no_swap" {
  command = plan

  module {
    source = "../modules/mailbox"
  }

  variables {
    image     = "sla-lab/mailbox:1"
    address   = "10.77.0.14"
    memory_mb = 128
  }

  assert {
    condition     = docker_container.mailbox.name == "sla-mailbox" && docker_container.mailbox.memory_swap == 128
    error_message = "The mailbox is a container of the lab, limited like the hosts."
  }

  assert {
    condition     = one(docker_container.mailbox.networks_advanced).ipv4_address == "10.77.0.14"
    error_message = "The address of the mailbox is fixed."
  }
}
