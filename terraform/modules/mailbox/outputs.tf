output "mailbox" {
  description = "Where the client takes mail."
  value       = { address = var.address, smtp_port = 25 }
  depends_on  = [docker_container.mailbox]
}
