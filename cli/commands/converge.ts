import { type HostName, hostNames } from '../../core/application.ts';
import type { Command, Outcome } from '../../core/command.ts';
import { type ConvergeReport, convergeAll } from '../../provision/convergeAll.ts';
import type { PhasePlan, StepPlan } from '../../provision/plan.ts';
import { type Context, insistOnLab } from '../context.ts';
import { siteOf } from '../site.ts';

export const converge: Command<Context> = {
  name: 'converge',
  summary: 'bring the hosts to what is declared for them; a second run changes nothing',
  example: 'converge app --dry-run',
  changesState: true,
  isExclusive: true,
  arguments: [
    {
      name: 'host',
      description: 'only these hosts',
      isOptional: true,
      isRepeatable: true,
      choices: hostNames,
    },
  ],
  run: async (context, given) => {
    await insistOnLab(context);
    const started = performance.now();
    const asked = (given.arguments.host ?? []) as readonly HostName[];
    const names = hostNames.filter((name) => asked.length === 0 || asked.includes(name));
    const report = await convergeAll(await siteOf(context), names, {
      isDryRun: context.isDryRun,
      narrate: context.narrate,
      // A saturated host is slow to shake hands, and is the one that needs its protection.
      open: (name) => context.openHost(name, 15_000),
    });
    return outcome(report, context.isDryRun, performance.now() - started);
  },
};

function outcome({ hosts, revived }: ConvergeReport, isDryRun: boolean, tookMs: number): Outcome {
  const found = hosts.map(({ host, stepCount, trips, phases }) => ({
    host,
    steps: stepCount,
    trips,
    changes: phases.flatMap(changesOf),
  }));
  const steps = found.reduce((sum, host) => sum + host.steps, 0);
  const changes = found.reduce((sum, host) => sum + host.changes.length, 0);
  const seconds = (tookMs / 1000).toFixed(2);
  const verdict = changes === 0 ? 'nothing to change' : `${changes} ${isDryRun ? 'to make' : 'made'}`;
  return {
    result: { isDryRun, steps, changes, seconds: Number(seconds), hosts: found, restarted: revived },
    text: [
      ...hosts.flatMap(({ host, phases }) => phases.flatMap((phase) => linesOf(host, phase))),
      `${steps} steps on ${hosts.length} host${hosts.length > 1 ? 's' : ''}, ${verdict}, ${seconds} s`,
    ].join('\n'),
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

function linesOf(host: HostName, { steps, handlers }: PhasePlan): readonly string[] {
  return [
    ...steps.flatMap((plan) => stepLines(host, plan)),
    ...handlers.map(({ what }) => `${host}  ${what}: what it reads has changed`),
    '',
  ];
}

const stepLines = (host: HostName, { step, changes }: StepPlan): readonly string[] =>
  changes.flatMap((change) => [
    `${host}  ${change.what}: ${step.why}`,
    ...(change.kind === 'put' ? (change.detail ?? []) : []).map((line) => `      ${line}`),
  ]);
