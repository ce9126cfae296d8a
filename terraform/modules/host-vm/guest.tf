# What the guest learns from outside: systemd credentials in the strings of its firmware, none of them secret.

locals {
  gateway = cidrhost(var.subnet, 1)
  prefix  = split("/", var.subnet)[1]
  names   = merge({ (var.name) = var.address }, var.names)

  # The name servers of this machine, as Docker gives them to containers; those on a loopback address
  # cannot be reached from a guest.
  resolver     = try(file("/run/systemd/resolve/resolv.conf"), file("/etc/resolv.conf"), "")
  name_servers = [for found in regexall("(?m)^nameserver\\s+([0-9.]+)", local.resolver) : found[0] if !startswith(found[0], "127.")]

  credentials = {
    "ssh.authorized_keys.root" = file(var.authorized_key_file)
    "network.hosts" = join("", concat(
      ["127.0.0.1 localhost\n", "::1 localhost ip6-localhost ip6-loopback\n"],
      [for name, address in local.names : "${address} ${name}\n"],
    ))
    "network.network.10-lab" = join("\n", [
      "[Match]", "MACAddress=${local.mac}", "[Network]", "Address=${var.address}/${local.prefix}",
      "Gateway=${local.gateway}", "LinkLocalAddressing=no", "IPv6AcceptRA=no", "",
    ])
    # PID 1 looks for a name before this file exists, and the file is what stays.
    "system.hostname" = var.name
    "tmpfiles.extra" = join("", concat(
      ["f /etc/hostname 0644 root root - ${var.name}\\n\n"],
      ["f /etc/resolv.conf 0644 root root - ${join("", [for address in local.name_servers : "nameserver ${address}\\n"])}\n"],
    ))
  }

  xslt = templatefile("${path.module}/domain.xslt", {
    strings = [for name, value in local.credentials : "io.systemd.credential.binary:${name}=${base64encode(value)}"]
  })
}
