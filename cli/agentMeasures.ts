import { Gauge, type Registry } from 'prom-client';
import { readMeasuredFacts } from '../backup/adapters/measuredFacts.ts';
import { backupMeasures, type Measure } from '../backup/measures.ts';
import type { Host } from '../core/host.ts';

/** Looks at what there is of backups, and shows it to Prometheus until the next look. */
export async function measureBackups(metrics: Registry, docker: Host): Promise<void> {
  publish(metrics, backupMeasures(await readMeasuredFacts(docker, Date.now())));
}

/** What is not measured any more has no series: its absence is an alert. */
export function publish(metrics: Registry, measures: readonly Measure[]): void {
  for (const gauge of ownGauges.get(metrics)?.values() ?? []) gauge.reset();
  for (const measure of measures) gaugeOf(metrics, measure).set(measure.labels, measure.value);
}

const ownGauges = new WeakMap<Registry, Map<string, Gauge>>();

function gaugeOf(metrics: Registry, { name, help, labels }: Measure): Gauge {
  const gauges = ownGauges.get(metrics) ?? new Map<string, Gauge>();
  ownGauges.set(metrics, gauges);
  const known = gauges.get(name);
  if (known) return known;
  const gauge = new Gauge({ name, help, labelNames: Object.keys(labels), registers: [metrics] });
  gauges.set(name, gauge);
  return gauge;
}
