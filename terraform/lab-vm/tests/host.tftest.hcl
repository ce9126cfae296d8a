mock_provider "libvirt" {}
mock_provider "docker" {}

variables {
  lab                 = "sla"
  name                = "db"
  image               = "/cache/vm-db"
  network             = "sla-bridge"
  address             = "10.77.0.12"
  names               = { app = "10.77.0.11", docker = "10.77.0.13" }
  cpus                = 1
  memory_mb           = 1024
  disk_gb             = 8
  authorized_key_file = "../../test/fixtures/keys/operator.pub"
  host_key_file       = "../../test/fixtures/keys/db"
  labels              = { "sla.lab" = "sla" }
  subnet              = "10.77.0.0/24"
  pool                = "sla-disks"
  accelerator         = "qemu"
}

run "a_host_is_limited_as_asked" {
  command = plan

  module {
    source = "../modules/host-vm"
  }

  assert {
    condition     = libvirt_domain.host.memory == 1024 && libvirt_domain.host.vcpu == 1
    error_message = "Memory and cores are those that were asked for."
  }

  assert {
    condition     = libvirt_volume.disk.size == 8 * 1024 * 1024 * 1024
    error_message = "The disk ends where it was said to end."
  }

  assert {
    condition     = libvirt_domain.host.name == "sla-db" && jsondecode(libvirt_domain.host.description) == { "sla.host" = "db", "sla.lab" = "sla" }
    error_message = "The machine says whose it is and which."
  }
}

run "a_fraction_of_a_core_is_a_whole_one" {
  command = plan

  module {
    source = "../modules/host-vm"
  }

  variables {
    cpus = 0.25
  }

  assert {
    condition     = libvirt_domain.host.vcpu == 1
    error_message = "A virtual machine has at least one core."
  }
}

run "an_emulated_processor_is_asked_for_by_name" {
  command = plan

  module {
    source = "../modules/host-vm"
  }

  assert {
    condition     = libvirt_domain.host.type == "qemu" && one(libvirt_domain.host.cpu).mode == "maximum"
    error_message = "Without KVM there is no processor to pass on."
  }
}

run "the_guest_learns_its_place_from_its_firmware" {
  command = plan

  module {
    source = "../modules/host-vm"
  }

  assert {
    condition     = strcontains(one(libvirt_domain.host.xml).xslt, "io.systemd.credential.binary:ssh.authorized_keys.root=${base64encode(file(var.authorized_key_file))}<")
    error_message = "The operator may log in."
  }

  assert {
    condition     = strcontains(local.credentials["network.network.10-lab"], "Address=10.77.0.12/24\nGateway=10.77.0.1\n") && strcontains(local.credentials["network.network.10-lab"], local.mac)
    error_message = "The address is fixed, on the interface with the fixed hardware address."
  }

  assert {
    condition     = endswith(local.credentials["network.hosts"], "10.77.0.11 app\n10.77.0.12 db\n10.77.0.13 docker\n")
    error_message = "The names stand in /etc/hosts."
  }
}

run "the_host_key_is_given_by_path_and_no_content_enters_the_state" {
  command = plan

  module {
    source = "../modules/host-vm"
  }

  assert {
    condition     = libvirt_volume.host_key.source == "../../test/fixtures/keys/db"
    error_message = "The private key is a disk, made from the file."
  }

  assert {
    condition     = !strcontains(one(libvirt_domain.host.xml).xslt, "PRIVATE KEY") && !strcontains(one(libvirt_domain.host.xml).xslt, base64encode("-----BEGIN OPENSSH"))
    error_message = "What the state and the process list show is public."
  }
}

run "a_machine_publishes_no_ports" {
  command = plan

  module {
    source = "../modules/host-vm"
  }

  variables {
    published_ports = { "15432" = 5432 }
  }

  expect_failures = [var.published_ports]
}
