import { backupUnits, places } from '../../core/backupLayout.ts';
import { file } from '../properties/file.ts';
import { program } from '../properties/program.ts';
import { active, daemonReload, enabled, restart } from '../properties/unit.ts';
import type { AgentPrograms, Site } from '../site.ts';
import type { Declaration, Phase } from '../types.ts';

const folder = '/var/lib/sla/program';
const configPath = '/etc/sla/agent.json';
const unit = backupUnits.agent;

/** The resident process on docker; none for a site that has no programs for it. */
export const agentPhases = ({ agent }: Site): readonly Phase[] =>
  agent === undefined
    ? []
    : [
        { name: 'programs of the agent', steps: agentFiles(agent) },
        {
          name: 'agent runs',
          steps: [
            enabled(unit, 'the schedule goes on after a reboot'),
            {
              ...active(unit, 'backups are made and tried out by themselves'),
              declares: agentDeclares(agent),
            },
          ],
        },
      ];

const agentFiles = ({ node, bundle, config }: AgentPrograms): Phase['steps'] => [
  program({
    path: `${folder}/node`,
    file: node,
    mode: '0755',
    why: 'the agent runs on the Node of the checkout, whatever the host has',
    handlers: [restart(unit)],
  }),
  program({
    path: `${folder}/agent.cjs`,
    file: bundle,
    mode: '0644',
    why: 'the agent in one file of plain JavaScript: nothing is compiled there',
    handlers: [restart(unit)],
  }),
  file({
    path: configPath,
    content: config,
    why: 'what the agent keeps to',
    handlers: [restart(unit)],
  }),
  file({
    path: `/etc/systemd/system/${unit}`,
    content: unitText(bundle.sha256),
    why: 'the agent is back at once after a crash, within its memory',
    handlers: [daemonReload, restart(unit)],
  }),
];

/** Besides that it runs: its port, under the name that its threads have. */
const agentDeclares = ({ metricsPort }: AgentPrograms): readonly Declaration[] => [
  { kind: 'item', section: 'units', item: `${unit} runs`, value: 'yes' },
  { kind: 'item', section: 'ports', item: `tcp 0.0.0.0:${metricsPort}`, value: 'node-MainThread' },
];

// KillMode: the agent itself tells its jobs to end; what does not within the time is killed with it.
// A young generation of 1 MiB: the agent makes little garbage, and is paid for by what it holds.
const unitText = (build: string): string => `[Unit]
Description=SLA Lab agent
After=network.target docker.service
StartLimitIntervalSec=0

[Service]
Environment=SLA_BUILD=${build.slice(0, 12)} MALLOC_ARENA_MAX=2
ExecStart=${folder}/node --max-semi-space-size=1 ${folder}/agent.cjs ${configPath}
Restart=always
RestartSec=100ms
KillMode=mixed
TimeoutStopSec=30
RuntimeDirectory=sla
RuntimeDirectoryMode=0755
MemoryMax=160M
OOMScoreAdjust=-300
UMask=0077
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=read-only
ProtectKernelModules=yes
ProtectControlGroups=yes
PrivateTmp=yes
RestrictSUIDSGID=yes
RestrictRealtime=yes
LockPersonality=yes
ReadWritePaths=${places.ledger.slice(0, places.ledger.lastIndexOf('/'))} /run/lock /var/log

[Install]
WantedBy=multi-user.target
`;
