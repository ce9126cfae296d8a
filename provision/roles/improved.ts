import { createHash } from 'node:crypto';
import type { Argv } from '../../core/shell.ts';
import { improvements } from '../config.ts';
import { absent, file } from '../properties/file.ts';
import { daemonReload, restart } from '../properties/unit.ts';
import type { Site } from '../site.ts';
import type { Step } from '../types.ts';

// Beside the delivered worker, whose packages it uses.
const workerFolder = '/opt/voting/improved/worker';
const resultFolder = '/opt/voting/improved/result';
const override = '/etc/systemd/system/worker.service.d/60-sla-improved.conf';
const why = 'the proposed improvements, switched on by provision.improved';

/** The worker that loses no votes, or the delivered one. */
export function workerSteps(site: Site): readonly Step[] {
  const handlers = [daemonReload, restart('worker.service')];
  if (!site.settings.improved.includes('worker')) return [absent(override, why, handlers)];
  return [
    ...programFiles(site, 'worker', workerFolder).map((spec) => file({ ...spec, why, handlers })),
    file({
      path: override,
      content: `[Service]\nExecStart=\nExecStart=/usr/local/bin/node ${workerFolder}/main.ts\nWorkingDirectory=${workerFolder}\n`,
      why,
      handlers,
    }),
  ];
}

/** What the result page that reconnects needs on the host; its container mounts it. */
export const resultFiles = (site: Site): readonly Step[] =>
  site.settings.improved.includes('result')
    ? programFiles(site, 'result', resultFolder).map((spec) => file({ ...spec, why }))
    : [];

export const improvedBinds = (site: Site): readonly string[] =>
  site.settings.improved.includes('result')
    ? programFiles(site, 'result', resultFolder).map(({ path, name }) => `${path}:/app/result/${name}:ro`)
    : [];

/** Nothing is left of an improvement that was switched off. */
export const withoutUnused = ({ settings }: Site): readonly Step[] =>
  improvements
    .filter((program) => !settings.improved.includes(program))
    .map((program) => folderGone(program === 'worker' ? workerFolder : resultFolder));

function folderGone(folder: string): Step {
  const read: Argv = ['test', '-e', folder];
  return {
    name: `no folder ${folder}`,
    why,
    asks: [{ kind: 'command', argv: read }],
    diff: (facts) =>
      facts.command(read).exitCode === 0
        ? [{ kind: 'run', what: `remove ${folder}`, run: ['rm', '-rf', folder] }]
        : [],
  };
}

/** Changes with every change of the mounted files. */
export const improvedHash = (site: Site): string =>
  site.settings.improved.includes('result')
    ? createHash('sha256')
        .update(JSON.stringify(programFiles(site, 'result', resultFolder)))
        .digest('hex')
        .slice(0, 12)
    : '';

const programFiles = ({ programs }: Site, program: 'worker' | 'result', folder: string) =>
  Object.entries(programs[program]).map(([name, content]) => ({ name, path: `${folder}/${name}`, content }));
