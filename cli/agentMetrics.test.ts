import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import type { JobView } from '../schedule/view.ts';
import { addAgentMetrics } from './agentMetrics.ts';

const jobs: JobView[] = [
  {
    name: 'full backup',
    cron: '0 3 * * 0',
    nextMs: 5_000,
    waitsFor: 'a service window',
    last: { startedAtMs: 1_000, endedAtMs: 3_000, tookMs: 2_000, outcome: 'failed', said: 'full' },
  },
  { name: 'new', cron: '* * * * *', nextMs: 6_000, running: { startedAtMs: 4_000, said: '' } },
];

test('every job is there with when it runs and how it ended, and one that never ran says nothing of that', async () => {
  const registry = new Registry();
  const view = () => ({ nowMs: 4_500, zone: 'Europe/Paris', isWindowOpen: true, jobs });
  addAgentMetrics(registry, { last: () => 42 }, view);
  const lines = (await registry.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  expect(lines.filter((line) => !line.includes('resident'))).toEqual([
    'sla_job_running{job_name="full backup"} 0',
    'sla_job_running{job_name="new"} 1',
    'sla_job_waiting{job_name="full backup"} 1',
    'sla_job_waiting{job_name="new"} 0',
    'sla_job_next_seconds{job_name="full backup"} 5',
    'sla_job_next_seconds{job_name="new"} 6',
    'sla_job_ended_seconds{job_name="full backup"} 3',
    'sla_job_took_seconds{job_name="full backup"} 2',
    'sla_job_outcome{job_name="full backup",outcome="ok"} 0',
    'sla_job_outcome{job_name="full backup",outcome="failed"} 1',
    'sla_job_outcome{job_name="full backup",outcome="skipped"} 0',
    'sla_job_outcome{job_name="full backup",outcome="cut off"} 0',
    'sla_ledger_events 42',
  ]);
});
