import type { Command, Outcome } from '../../core/command.ts';
import type { ConvergeReport } from '../../provision/convergeAll.ts';
import type { PhasePlan } from '../../provision/plan.ts';
import { type Context, insistOnLab } from '../context.ts';
import { changeCount, convergeHosts, describeChanges, rolesFor } from '../converging.ts';
import { hostsArgument, namedHosts } from '../hostsArgument.ts';
import { insistOnNothingHalf } from '../rebuild/unfinished.ts';

export const converge: Command<Context> = {
  name: 'converge',
  summary: 'bring the hosts to what is declared for them; a second run changes nothing',
  example: 'converge app --dry-run',
  changesState: true,
  isExclusive: true,
  arguments: [hostsArgument],
  run: async (context, given) => {
    await insistOnLab(context);
    insistOnNothingHalf(context);
    const started = performance.now();
    const roles = await rolesFor(context, 'declared', namedHosts(given));
    const report = await convergeHosts(context, roles);
    return outcome(report, context.isDryRun, performance.now() - started);
  },
};

function outcome(report: ConvergeReport, isDryRun: boolean, tookMs: number): Outcome {
  const found = report.hosts.map(({ host, stepCount, trips, phases }) => ({
    host,
    steps: stepCount,
    trips,
    changes: phases.flatMap(changesOf),
  }));
  const steps = found.reduce((sum, host) => sum + host.steps, 0);
  const changes = changeCount(report);
  const seconds = (tookMs / 1000).toFixed(2);
  const verdict = changes === 0 ? 'nothing to change' : `${changes} ${isDryRun ? 'to make' : 'made'}`;
  const hosts = `${found.length} host${found.length > 1 ? 's' : ''}`;
  return {
    result: { isDryRun, steps, changes, seconds: Number(seconds), hosts: found, restarted: report.revived },
    text: [describeChanges(report), `${steps} steps on ${hosts}, ${verdict}, ${seconds} s`]
      .filter(Boolean)
      .join('\n'),
  };
}

interface ShownChange {
  readonly phase: string;
  readonly step: string;
  readonly why: string;
  readonly what: string;
  readonly detail?: readonly string[];
}

const changesOf = ({ phase, steps, handlers }: PhasePlan): readonly ShownChange[] => [
  ...steps.flatMap(({ step, changes }) =>
    changes.map((change) => ({
      phase: phase.name,
      step: step.name,
      why: step.why,
      what: change.what,
      ...(change.kind === 'put' && change.detail ? { detail: change.detail } : {}),
    })),
  ),
  ...handlers.map(({ name, what }) => ({
    phase: phase.name,
    step: name,
    why: 'what it reads has changed',
    what,
  })),
];
