output "host" {
  description = "How the host is reached, and the key it must show."
  value = {
    name     = var.name
    address  = var.address
    user     = "root"
    ssh_port = 22
    host_key = join(" ", slice(split(" ", trimspace(file("${var.host_key_file}.pub"))), 0, 2))
  }
  depends_on = [libvirt_domain.host]
}
