output "hosts" {
  description = "Name, address, user, SSH port and host key of each host."
  value       = { for name, host in module.host : name => host.host }
}

output "mailbox" {
  description = "Where the client takes mail."
  value       = module.mailbox.mailbox
}
