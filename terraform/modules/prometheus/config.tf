locals {
  port = 9090

  config = yamlencode({
    global         = { scrape_interval = var.scrape_interval, evaluation_interval = var.scrape_interval }
    rule_files     = ["/etc/prometheus/*.rules.yml"]
    scrape_configs = concat(local.scrapes, local.probes)
  })

  rules = { for name in fileset("${path.module}/rules", "*.rules.yml") : name => file("${path.module}/rules/${name}") }

  scrapes = [for job, targets in {
    prometheus = [{ target = "127.0.0.1:${local.port}", labels = { host = var.host, component = "prometheus" } }]
    blackbox   = [{ target = var.blackbox_address, labels = { host = var.host, component = "blackbox" } }]
    node       = [for host, target in var.node_targets : { target = target, labels = { host = host } }]
    agent      = [for target in compact([var.agent_target]) : { target = target, labels = { host = var.host, component = "agent" } }]
    } : {
    job_name       = job
    static_configs = [for each in targets : { targets = [each.target], labels = each.labels }]
  } if length(targets) > 0]

  # Prometheus asks the exporter, and names the series after what the exporter was asked to probe.
  probes = [for probe in [
    { job = "probe-http", module = "http_2xx", targets = var.http_probes },
    { job = "probe-tcp", module = "tcp_connect", targets = var.tcp_probes },
    ] : {
    job_name     = probe.job
    metrics_path = "/probe"
    params       = { module = [probe.module] }
    static_configs = [for component, each in probe.targets : {
      targets = [each.target]
      labels  = { host = each.host, component = component }
    }]
    relabel_configs = [
      { source_labels = ["__address__"], target_label = "__param_target" },
      { source_labels = ["__param_target"], target_label = "instance" },
      { target_label = "__address__", replacement = var.blackbox_address },
    ]
  }]
}
