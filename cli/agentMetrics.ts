import { Gauge, type Registry } from 'prom-client';
import { jobOutcomes } from '../core/events.ts';
import type { Ledger } from '../core/ledger/ledger.ts';
import type { JobView, ScheduleView } from '../schedule/view.ts';

/** Adds what Prometheus reads of every job and of the ledger. All of it is looked up when it is asked for. */
export function addAgentMetrics(
  registry: Registry,
  ledger: Pick<Ledger, 'last'>,
  view: () => ScheduleView,
): void {
  const ofJobs = (name: string, help: string, value: (job: JobView) => number | undefined) =>
    new Gauge({
      name,
      help,
      labelNames: ['job_name'],
      registers: [registry],
      collect() {
        for (const job of view().jobs) {
          const found = value(job);
          if (found !== undefined) this.set({ job_name: job.name }, found);
        }
      },
    });
  ofJobs('sla_job_running', 'Whether the job runs now.', ({ running }) => (running ? 1 : 0));
  ofJobs('sla_job_waiting', 'Whether its time has come and something is in its way.', ({ waitsFor }) =>
    waitsFor === undefined ? 0 : 1,
  );
  ofJobs('sla_job_next_seconds', 'When it comes next, as a Unix time.', ({ nextMs }) => nextMs / 1000);
  ofJobs('sla_job_ended_seconds', 'When its last run ended, as a Unix time.', ({ last }) =>
    last === undefined ? undefined : last.endedAtMs / 1000,
  );
  ofJobs('sla_job_took_seconds', 'How long its last run took.', ({ last }) =>
    last === undefined ? undefined : last.tookMs / 1000,
  );
  outcomes(registry, view);
  new Gauge({
    name: 'sla_ledger_events',
    help: 'Sequence of the last event of the ledger.',
    registers: [registry],
    collect() {
      this.set(ledger.last());
    },
  });
  new Gauge({
    name: 'sla_agent_resident_bytes',
    help: 'Memory that the agent holds.',
    registers: [registry],
    collect() {
      this.set(process.memoryUsage.rss());
    },
  });
}

function outcomes(registry: Registry, view: () => ScheduleView): void {
  new Gauge({
    name: 'sla_job_outcome',
    help: '1 for the outcome of its last run, 0 for the others.',
    labelNames: ['job_name', 'outcome'],
    registers: [registry],
    collect() {
      for (const { name, last } of view().jobs)
        for (const outcome of jobOutcomes)
          if (last) this.set({ job_name: name, outcome }, last.outcome === outcome ? 1 : 0);
    },
  });
}
