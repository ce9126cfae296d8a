import type { Step } from '../step.ts';
import { active, enabled, installed } from '../steps.ts';

/** What every host has on top of the delivered state. */
export const common: readonly Step[] = [
  installed('prometheus-node-exporter'),
  enabled('prometheus-node-exporter.service'),
  active('prometheus-node-exporter.service'),
];
